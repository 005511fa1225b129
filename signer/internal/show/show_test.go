package show_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer/internal/show"
)

func TestShorten(t *testing.T) {
	require.Equal(t, "abc", show.Shorten("abc", 3))
	require.Equal(t, "ab…", show.Shorten("abc", 2))
	require.Equal(t, "a…", show.Shorten("a中", 3), "no half of a character")
	require.Equal(t, "…", show.Shorten("中", 1))
}

func TestPrintable(t *testing.T) {
	require.Equal(t, "a b 中", show.Printable("a b 中"))
	require.Equal(t, `a\n\r\t\x1b\x00\x7f\x9fb`, show.Printable("a\n\r\t\x1b\x00\x7f\u009fb"))
	require.Equal(t, "a\uFFFDb", show.Printable("a\xffb"))
}
