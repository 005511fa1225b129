package form

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// readAhead is what is taken from the body at a time: mime/multipart alone
// would read 4 KiB a system call.
const readAhead = 64 << 10

var (
	errTooMuch = errors.New("the form is too large beside its file")
	errCut     = errors.New("the body ends in the middle of the form")
)

// meter is the body on its way to the multipart reader. It lets so many bytes
// through and no more, says errCut where the body ends, and keeps what a
// multipart reader forgets: the body's own error, and its last bytes.
type meter struct {
	src    *bufio.Reader
	left   int64  // -1: no bound
	failed error  // of the body, other than its end
	last   []byte // the last boundary, on a line of its own
	tail   []byte // the last bytes of the body, at most as many; before it, a line end
}

func newMeter(body io.Reader, boundary string) *meter {
	last := []byte("\n--" + boundary + "--")
	return &meter{
		src: bufio.NewReaderSize(body, readAhead), left: maxHead,
		last: last, tail: append(make([]byte, 0, len(last)), '\n'),
	}
}

func (m *meter) Read(p []byte) (int, error) {
	if m.left == 0 {
		return 0, errTooMuch
	}
	if m.left > 0 && int64(len(p)) > m.left {
		p = p[:m.left]
	}
	n, err := m.src.Read(p)
	if m.left > 0 {
		m.left -= int64(n)
	}
	m.remember(p[:n])
	switch {
	case errors.Is(err, io.EOF):
		err = errCut
	case err != nil:
		m.failed = err
	}
	return n, err
}

func (m *meter) remember(p []byte) {
	k := len(m.last)
	p = p[max(0, len(p)-k):]
	keep := m.tail[max(0, len(m.tail)+len(p)-k):]
	m.tail = append(m.tail[:copy(m.tail, keep)], p...)
}

// closed tells whether the body, which has come to its end, ends in the last
// boundary.
func (m *meter) closed() bool { return bytes.Equal(m.tail, m.last) }
