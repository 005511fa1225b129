package form

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// readAhead is the size of a read from the body. By itself mime/multipart reads 4 KiB at a time.
const readAhead = 64 << 10

var (
	errTooMuch = errors.New("the form is too large beside its file")
	errCut     = errors.New("the body ends in the middle of the form")
)

// meter limits and observes the body that the multipart reader reads. It returns errCut at the end
// of the body, and records two things that a multipart reader does not: the error of the body, and
// its last bytes.
type meter struct {
	src    *bufio.Reader
	left   int64  // -1: no limit
	failed error  // the error of the body, other than io.EOF
	last   []byte // the last boundary, on its own line
	tail   []byte // the last bytes of the body, as many as last has. At first a line end
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

// closed reports whether the body, which is at its end, ends with the last boundary.
func (m *meter) closed() bool { return bytes.Equal(m.tail, m.last) }
