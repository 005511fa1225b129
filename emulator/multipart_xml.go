package emulator

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/storage"
)

// maxCompleteXML is the longest body of a Complete in bytes: four hundred for
// each part, of which clients need a quarter (choice 175).
const maxCompleteXML = 400 * storage.MaxPart

// chosenPart is a part as a Complete names it.
type chosenPart struct {
	number int
	etag   string // without quotes, in lower case
}

// readChosenParts reads the body of a Complete token by token: work and memory
// are bounded by its length. Elements that the page does not name are passed
// over (choice 175); the five entities are known, and character references.
func readChosenParts(doc []byte) ([]chosenPart, error) {
	doc = bytes.TrimPrefix(doc, []byte("\ufeff")) // .NET writes a byte order mark
	r := completeReader{dec: xml.NewDecoder(bytes.NewReader(doc))}
	seen := false
	for {
		token, err := r.dec.Token()
		switch t := token.(type) {
		case nil:
			if errors.Is(err, io.EOF) && seen {
				err = nil
			}
			if err == nil && len(r.parts) == 0 {
				err = errors.New("no part")
			}
			return r.parts, err
		case xml.StartElement:
			if seen || t.Name.Local != "CompleteMultipartUpload" {
				return nil, fmt.Errorf("unexpected element %.64q", t.Name.Local)
			}
			seen = true
			if err := r.children(r.part); err != nil {
				return nil, err
			}
		default:
			if err := outside(t); err != nil {
				return nil, err
			}
		}
	}
}

// outside judges what stands between elements: no text, no document type.
func outside(t xml.Token) error {
	switch t := t.(type) {
	case xml.Directive:
		return errors.New("a document type is not allowed")
	case xml.CharData:
		if len(bytes.TrimSpace(t)) > 0 {
			return errors.New("text between elements")
		}
	}
	return nil
}

type completeReader struct {
	dec   *xml.Decoder
	parts []chosenPart
}

// children calls each for every element in the one that was just opened. Each
// must consume its element.
func (r *completeReader) children(each func(name string) error) error {
	for {
		token, err := r.dec.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			err = each(t.Name.Local) // any namespace
		case xml.EndElement:
			return nil
		default:
			err = outside(t)
		}
		if err != nil {
			return err
		}
	}
}

func (r *completeReader) part(name string) error {
	if name != "Part" {
		return r.dec.Skip()
	}
	if len(r.parts) == storage.MaxPart {
		return errors.New("too many parts")
	}
	var number, etag *string
	err := r.children(func(name string) error {
		switch name {
		case "PartNumber":
			return r.once(&number)
		case "ETag":
			return r.once(&etag)
		}
		return r.dec.Skip()
	})
	switch {
	case err != nil:
		return err
	case number == nil || etag == nil:
		return errors.New("a part without PartNumber or ETag")
	}
	n, err := strconv.Atoi(*number)
	if err != nil {
		return err
	}
	r.parts = append(r.parts, chosenPart{number: n, etag: strings.ToLower(strings.Trim(*etag, `"`))})
	return nil
}

// once reads the text of an element that may be there one time.
func (r *completeReader) once(to **string) error {
	if *to != nil {
		return errors.New("an element stands twice")
	}
	var text []byte
	for {
		token, err := r.dec.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.CharData:
			text = append(text, t...)
		case xml.EndElement:
			*to = new(string(bytes.TrimSpace(text)))
			return nil
		case xml.StartElement:
			return fmt.Errorf("unexpected element %.64q", t.Name.Local)
		case xml.Directive:
			return outside(t)
		}
	}
}
