// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Objects.java - enough garbage for some collections, by two threads.
 *
 * Runs: on the host and in a guest (suite.sh).
 */
import java.util.ArrayList;

public class Objects {
	static int fill(int seed) {
		ArrayList<int[]> kept = new ArrayList<>();
		int sum = 0;

		for (int i = 0; i < 40000; i++) {
			int[] words = new int[1000];
			words[i % 1000] = seed;
			if (i % 100 == 0)
				kept.add(words);
			sum += words[i % 1000];
		}
		return sum + kept.size();
	}

	public static void main(String[] args) throws Exception {
		int[] result = new int[2];
		Thread[] thread = new Thread[2];

		for (int i = 0; i < 2; i++) {
			int n = i;
			thread[i] = new Thread(() -> result[n] = fill(n + 1));
			thread[i].start();
		}
		for (Thread t : thread)
			t.join();
		System.out.println(result[0] == 40400 && result[1] == 80400 ? "done" : "wrong");
	}
}
