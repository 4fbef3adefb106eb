// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * objects.js - enough garbage for some collections, and a loop that is compiled.
 *
 * Runs: on the host and in a guest (suite.sh).
 */
'use strict';
const kept = [];
let sum = 0;

for (let i = 0; i < 200000; i++) {
	const o = { n: i, text: 'x'.repeat(i % 50) };
	if (i % 100 === 0)
		kept.push(o);
	sum += o.text.length;
}
console.log(sum === 4900000 && kept.length === 2000 ? 'done' : `wrong: ${sum} ${kept.length}`);
