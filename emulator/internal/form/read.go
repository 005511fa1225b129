package form

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// The limits of a form, apart from its file, in bytes. A form beyond one of them is
// MalformedPOSTRequest (choice 141).
const (
	maxFields    = 200
	maxFieldSize = 64 << 10  // of one value
	maxHead      = 256 << 10 // of everything before the content of the file, with boundaries and part headers
	maxTail      = 64 << 10  // of everything after it, up to the last boundary
	maxBoundary  = 200       // RFC 2046 allows 70
)

// Read reads the fields of a form and stops before its file. contentType is that of the request.
//
// Errors: MalformedPOSTRequest for a body that is not multipart/form-data, ends before the file or
// is beyond a limit; IncorrectNumberOfFilesInPostRequest for a form without a part `file`, or with
// a file of another name (choice 142); InvalidArgument without a key; KeyTooLong.
func Read(contentType string, body io.Reader) (*Form, *coserr.Error) {
	boundary, err := readBoundary(contentType)
	if err != nil {
		return nil, malformed(err)
	}
	m := newMeter(body, boundary)
	r := &reader{
		meter: m,
		parts: multipart.NewReader(m, boundary),
		form:  &Form{index: make(map[string]int)},
	}
	if err := r.fields(); err != nil {
		return nil, err
	}
	if err := r.form.setKey(); err != nil {
		return nil, err
	}
	return r.form, nil
}

func readBoundary(contentType string) (string, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	boundary := params["boundary"]
	switch {
	case err != nil:
		return "", err
	case kind != "multipart/form-data":
		return "", fmt.Errorf("the content type is %.64q", kind)
	case boundary == "" || len(boundary) > maxBoundary:
		return "", errors.New("the content type has no boundary that can be used")
	}
	return boundary, nil
}

func wrongFiles(cause string) *coserr.Error {
	return coserr.New(coserr.IncorrectNumberOfFilesInPostRequest).WithCause(errors.New(cause))
}

// reader reads a form. It reads raw parts, so that no transfer encoding is decoded.
type reader struct {
	meter *meter
	parts *multipart.Reader
	form  *Form
}

// fields reads the parts before the file, and the header of the file.
func (r *reader) fields() *coserr.Error {
	for {
		part, err := r.next()
		if errors.Is(err, io.EOF) {
			return wrongFiles("the form has no part named file")
		}
		if err != nil {
			return r.malformed(err)
		}
		d, refused := readDisposition(part.Header)
		if refused != nil {
			return refused
		}
		if d.isFile {
			r.form.FileName = d.fileName
			r.form.File = &file{reader: r, part: part}
			r.meter.left = -1
			return nil
		}
		if err := r.field(d.name, part); err != nil {
			return err
		}
	}
}

func (r *reader) field(name string, part io.Reader) *coserr.Error {
	if len(r.form.Fields) == maxFields {
		return malformed(errors.New("the form has too many fields"))
	}
	value, err := io.ReadAll(io.LimitReader(part, maxFieldSize+1))
	switch {
	case err != nil:
		return r.malformed(err)
	case len(value) > maxFieldSize:
		return malformed(fmt.Errorf("the field %.64q is too large", name))
	}
	r.form.add(name, string(value))
	return nil
}

// next returns the next part, or io.EOF only after the last boundary. mime/multipart also returns
// io.EOF for a body that ends within a part header; meter returns errCut in place of io.EOF, which
// prevents that. mime/multipart then misses a last boundary without a line end after it.
func (r *reader) next() (*multipart.Part, error) {
	part, err := r.parts.NextRawPart()
	if errors.Is(err, errCut) && r.meter.closed() {
		return nil, io.EOF
	}
	return part, err
}

// malformed returns the error for a body that is not a valid form. An error of the body itself is
// its cause, or is returned unchanged where it is an answer already.
func (r *reader) malformed(cause error) *coserr.Error {
	if r.meter.failed != nil {
		cause = r.meter.failed
	}
	var known *coserr.Error
	if errors.As(cause, &known) {
		return known
	}
	return malformed(cause)
}

func malformed(cause error) *coserr.Error {
	return coserr.New(coserr.MalformedPOSTRequest).WithCause(cause)
}

// disposition has the relevant values of a part header.
type disposition struct {
	name, fileName string
	isFile         bool
}

// readDisposition tells fields from the file. The file is the part `file`, with a file name or
// without. A file with another name would be lost, so such a form is refused (choice 142).
func readDisposition(h textproto.MIMEHeader) (disposition, *coserr.Error) {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Disposition"))
	d := disposition{name: params["name"], fileName: baseName(params["filename"])}
	switch {
	case err != nil:
		return d, malformed(fmt.Errorf("Content-Disposition: %w", err))
	case kind != "form-data" || d.name == "":
		return d, malformed(errors.New("a part of the form has no name"))
	}
	d.isFile = strings.EqualFold(d.name, "file")
	if !d.isFile && d.fileName != "" {
		return d, wrongFiles(fmt.Sprintf("the file is in a part named %.64q, not file", d.name))
	}
	return d, nil
}

// file reads the content of the file, and checks the rest of the form at its end. Its first error
// is returned by all later reads.
type file struct {
	reader *reader
	part   *multipart.Part
	err    error
}

// Read implements io.Reader; see Form.File.
func (f *file) Read(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.part.Read(p)
	switch {
	case errors.Is(err, io.EOF):
		f.err = f.reader.finish()
	case err != nil:
		f.err = f.reader.malformed(err)
	}
	return n, f.err
}

// finish reads everything after the file. It ignores fields there: the page wants the file last.
func (r *reader) finish() error {
	r.meter.left = maxTail
	for {
		part, err := r.next()
		if errors.Is(err, io.EOF) {
			return io.EOF
		}
		if err != nil {
			return r.malformed(err)
		}
		d, refused := readDisposition(part.Header)
		switch {
		case refused != nil:
			return refused
		case d.isFile:
			return wrongFiles("the form has two parts named file")
		}
	}
}
