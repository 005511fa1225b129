package ops

import (
	"errors"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
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

// readChosenParts reads the body of a Complete. Elements that the page does not
// name are passed over (choice 175).
func readChosenParts(doc []byte) ([]chosenPart, error) {
	r := xmldoc.New(doc)
	var parts []chosenPart
	err := r.Document("CompleteMultipartUpload", func(name string) error {
		if name != "Part" {
			return r.Skip()
		}
		if len(parts) == storage.MaxPart {
			return errors.New("too many parts")
		}
		p, err := readChosenPart(r)
		parts = append(parts, p)
		return err
	})
	if err == nil && len(parts) == 0 {
		err = errors.New("no part")
	}
	return parts, err
}

func readChosenPart(r *xmldoc.Reader) (chosenPart, error) {
	var number, etag *string
	err := r.Children(func(name string) error {
		switch name {
		case "PartNumber":
			return r.Once(&number)
		case "ETag":
			return r.Once(&etag)
		}
		return r.Skip()
	})
	switch {
	case err != nil:
		return chosenPart{}, err
	case number == nil || etag == nil:
		return chosenPart{}, errors.New("a part without PartNumber or ETag")
	}
	n, err := strconv.Atoi(strings.TrimSpace(*number))
	return chosenPart{number: n, etag: strings.ToLower(strings.Trim(strings.TrimSpace(*etag), `"`))}, err
}
