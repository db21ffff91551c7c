# Hashes, strings, sorting and regular expressions; one line of sums.
use strict;
use warnings;

my $count = shift;
my (%words, @lines);
for my $i (1 .. $count) {
    my $line = join ' ', map { 'w' . ($i * $_ * 2654435761 % 10007) } 1 .. 1 + $i % 9;
    push @lines, $line;
    $words{$_}{$i % 31}++ for split / /, $line;
}
my $text = join "\n", sort { length $a <=> length $b or $a cmp $b } @lines;
my $swaps = ($text =~ s/w(\d)(\d+)/w$2$1/g);
my $sum = unpack '%32C*', $text;
my $deep = 0;
$deep += scalar keys %{$words{$_}} for keys %words;
undef %words;
print scalar(@lines), " $swaps $sum $deep ", length($text), "\n";
