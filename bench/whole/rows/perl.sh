# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# perl - Perl counts and sorts the words of 40,000 lines, and computes.
#
# Packages: perl-base coreutils
# Needs: perl cat
files() {
	# shellcheck disable=SC2016 # perl's
	perl -Mstrict -Mwarnings -e 'print "$_\n" for values %INC'
}

# shellcheck disable=SC2016 # perl's
work() {
	perl -Mstrict -Mwarnings -e '
my (%count, $sum);
open my $in, "<", $ARGV[0] or die;
while (<$in>) {
	my ($number, @words) = split;
	$count{$_}++ for @words;
	$sum += $number if /^\d+[02468] /;
}
my @best = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
my ($a, $b) = (0, 1);
($a, $b) = ($b, ($a + $b) % 1000003) for 1 .. 400000;
print scalar(@best), " $count{$best[0]} $sum $a\n";
' "$D/words.txt"
}

check() {
	expect "words, count of the first, sum, a number" "$(cat out)" "1961 485 9925339812 285911"
}
