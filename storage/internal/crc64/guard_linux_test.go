package crc64

import (
	"hash/crc64"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNothingElseIsRead puts bodies at the end and at the beginning of a page whose neighbours
// cannot be read: one byte too many would end the test with a fault.
func TestNothingElseIsRead(t *testing.T) {
	page := os.Getpagesize()
	pages, err := syscall.Mmap(-1, 0, 3*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	require.NoError(t, err)
	defer func() { require.NoError(t, syscall.Munmap(pages)) }()
	require.NoError(t, syscall.Mprotect(pages[:page], syscall.PROT_NONE))
	require.NoError(t, syscall.Mprotect(pages[2*page:], syscall.PROT_NONE))
	body := pages[page : 2*page]
	copy(body, random(page))
	for n := range 1025 {
		for _, p := range [][]byte{body[:n], body[page-n:]} {
			require.Equal(t, crc64.Checksum(p, table()), Update(0, p), "%d bytes", n)
		}
	}
}
