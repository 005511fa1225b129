package cosclient

import (
	"errors"
	"io"
	"strconv"

	"github.com/cosemu/cosemu/storage"
)

const crcHeader = "X-Cos-Hash-Crc64ecma"

// ErrChanged says that the bytes at the other end are not those that were sent.
var ErrChanged = errors.New("the bytes that arrived are not those that were sent: their CRC-64 differs")

// checkCRC compares a sum with the header that a server sent; one that sent none is trusted.
func checkCRC(sum uint64, header string) error {
	if header != "" && header != strconv.FormatUint(sum, 10) {
		return ErrChanged
	}
	return nil
}

// checkedBody is a download that compares its CRC-64 at its end.
type checkedBody struct {
	body io.ReadCloser
	want string
	sum  uint64
}

// Read implements io.Reader.
func (b *checkedBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	b.sum = storage.CRC64(b.sum, p[:n])
	if errors.Is(err, io.EOF) {
		if bad := checkCRC(b.sum, b.want); bad != nil {
			err = bad
		}
	}
	return n, err
}

// Close implements io.Closer.
func (b *checkedBody) Close() error { return b.body.Close() }

// meter is a source that is summed and counted while it is read.
type meter struct {
	from io.Reader
	sum  uint64
	tell func(n int64)
}

// Read implements io.Reader.
func (m *meter) Read(p []byte) (int, error) {
	n, err := m.from.Read(p)
	m.sum = storage.CRC64(m.sum, p[:n])
	if m.tell != nil && n > 0 {
		m.tell(int64(n))
	}
	return n, err
}
