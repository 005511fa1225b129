package wire

import (
	"net"
	"net/http"
	"syscall"
)

// Left reports whether the client of a request has closed its side of the connection, or all of it.
// net/http notices that by itself only once it has read the body. The result is false where that
// cannot be known.
func Left(r *http.Request) bool {
	c := connOf(r)
	if c == nil {
		return false
	}
	lowest, ok := lowestOf(c).(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := lowest.SyscallConn()
	gone := false
	return err == nil && raw.Control(func(fd uintptr) { gone = hungUp(fd) }) == nil && gone
}

// lowestOf is the connection below all of this package's.
func lowestOf(nc net.Conn) net.Conn {
	for {
		switch c := nc.(type) {
		case *conn:
			nc = c.Conn
		case *secureConn:
			nc = c.raw
		case *rawConn:
			nc = c.Conn
		default:
			return nc
		}
	}
}
