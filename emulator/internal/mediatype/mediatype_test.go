package mediatype_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/mediatype"
)

func TestOfKey(t *testing.T) {
	for key, want := range map[string]string{
		"1.zip": "application/zip", "1.txt": "text/plain", "a/b.JPG": "image/jpeg", "b.tar.gz": "application/gzip",
		"中文.png": "image/png", ".html": "text/html", "a.b/c.json": "application/json",
		"1": "", "a.b/c": "", "a.": "", "": "", ".": "", "a.zip/": "", "a.exe": "", "a.zip ": "", "a.unheard": "", "a.gz tgz": "", "a.gz\ntgz": "", "a.xm": "", "a.html\x00": "", "a.plain": "",
		"a." + strings.Repeat("z", 800): "",
	} {
		require.Equal(t, want, mediatype.OfKey(key), key)
	}
	require.Zero(t, testing.AllocsPerRun(100, func() { mediatype.OfKey("photos/2026/a.jpg") }))
}
