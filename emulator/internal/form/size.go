package form

import (
	"errors"
	"io"
	"math"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// LimitSize gives the file as the policy's content-length-range allows it: the
// reader fails with EntityTooLarge as soon as the file is longer than the
// maximum, having read one byte of what is too much, and with EntityTooSmall in
// place of io.EOF when it ends under the minimum (COS docs: 限制上传文件大小和类型).
// Of several ranges each must hold. Other errors of the file stay what they are.
func (a *Auth) LimitSize(file io.Reader) io.Reader {
	s := &sizeReader{src: file, most: math.MaxInt64}
	if a.Policy != nil {
		for i := range a.Policy.Conditions {
			if c := &a.Policy.Conditions[i]; c.Operator == LengthRange {
				s.least, s.most = max(s.least, c.Min), min(s.most, c.Max)
			}
		}
	}
	if s.least == 0 && s.most == math.MaxInt64 {
		return file
	}
	return s
}

// sizeReader counts. Its first error is its last.
type sizeReader struct {
	src         io.Reader
	least, most int64
	n           int64
	err         error
}

// Read implements io.Reader.
func (s *sizeReader) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if room := s.most - s.n; int64(len(p)) > room && room < math.MaxInt64 {
		p = p[:room+1] // the one byte that proves too much
	}
	n, err := s.src.Read(p)
	s.n += int64(n)
	switch {
	case s.n > s.most:
		n-- // no other byte can be over
		s.n--
		s.err = wrongSize(coserr.EntityTooLarge)
	case errors.Is(err, io.EOF) && s.n < s.least:
		s.err = wrongSize(coserr.EntityTooSmall)
	default:
		s.err = err
	}
	return n, s.err
}

// wrongSize has the message of both codes. It ends in a blank, where the value
// would stand; the page prints it with a typographic quote, which no other
// message has.
func wrongSize(code coserr.Code) *coserr.Error {
	return coserr.New(code).WithMessage(conditionMessage(lengthRange, ""))
}
