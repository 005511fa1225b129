package wire

import "golang.org/x/sys/unix"

// hungUp reports whether the other side sent FIN or RST, even behind bytes that are still unread.
func hungUp(fd uintptr) bool {
	list := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}} //nolint:gosec // a descriptor fits
	n, err := unix.Poll(list, 0)
	return err == nil && n == 1
}
