package chars_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/chars"
)

func TestShorten(t *testing.T) {
	require.Equal(t, "abc", chars.Shorten("abc", 3, "…"))
	require.Equal(t, "ab...", chars.Shorten("abc", 2, "..."))
	require.Equal(t, "a…", chars.Shorten("a中", 3, "…"), "no half of a character")
}

func TestDigits(t *testing.T) {
	for _, s := range []string{"0", "007", "123456789"} {
		require.True(t, chars.Digits(s, 9), s)
	}
	for _, s := range []string{"", "1234567890", "-1", "+1", "1 ", "１", "1.0", "0x1"} {
		require.False(t, chars.Digits(s, 9), s)
	}
}

func TestNumber(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "007": 7, "9223372036854775807": 1<<63 - 1} {
		n, ok := chars.Number(text)
		require.True(t, ok, text)
		require.Equal(t, want, n)
	}
	for _, text := range []string{"", "-1", "+1", " 1", "1_0", "0x1", "１", "9223372036854775808"} {
		_, ok := chars.Number(text)
		require.False(t, ok, text)
	}
}

func TestHex(t *testing.T) {
	for c := range 256 {
		want, err := strconv.ParseUint(string([]byte{byte(c)}), 16, 8)
		got, ok := chars.Hex(byte(c))
		require.Equal(t, err == nil, ok, c)
		require.EqualValues(t, want, got, c)
	}
}
