package form

import (
	"errors"
	"io"
	"math"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// LimitSize applies the policy's content-length-range to the file (COS docs: 限制上传文件大小和类型). The
// reader returns EntityTooLarge after reading one byte beyond the maximum, and EntityTooSmall
// instead of io.EOF below the minimum. All ranges must match. Other errors of the file stay the
// same.
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

// sizeReader counts bytes. Its first error is returned by all later reads.
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
		p = p[:room+1] // one more byte proves that the file is too large
	}
	n, err := s.src.Read(p)
	s.n += int64(n)
	switch {
	case s.n > s.most:
		n-- // do not return that byte
		s.n--
		s.err = wrongSize(coserr.EntityTooLarge)
	case errors.Is(err, io.EOF) && s.n < s.least:
		s.err = wrongSize(coserr.EntityTooSmall)
	default:
		s.err = err
	}
	return n, s.err
}

// wrongSize returns the message of both codes. It ends with a space before the missing value. The
// page prints it with a typographic quote, which no other message has.
func wrongSize(code coserr.Code) *coserr.Error {
	return coserr.New(code).WithMessage(conditionMessage(lengthRange, ""))
}
