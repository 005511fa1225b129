package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// maxFile bounds a configuration file; far above any sensible one.
const maxFile = 4 << 20

// A document is a configuration file that was read: what it says, and where.
type document struct {
	name string
	root ast.Node // nil: the file says nothing
	layer
}

// readFile reads a configuration file. Its error is an *Invalid that names
// file, line and key where it can.
func readFile(name string) (*document, error) {
	data, err := readBounded(name)
	if err != nil {
		return nil, &Invalid{[]Fault{{Where: "configuration file", Message: err.Error()}}}
	}
	return parse(filepath.Base(name), data)
}

func readBounded(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s: larger than %d bytes", name, maxFile)
	}
	return data, err
}

// parse reads a configuration; name is what errors call it.
func parse(name string, data []byte) (*document, error) {
	doc := &document{name: name}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // as Windows editors write it
	var err error
	if doc.root, err = readYAML(data, &doc.layer); err != nil {
		return nil, doc.invalid(err)
	}
	return doc, nil
}

// invalid makes of an error of the YAML library one that names line and key.
func (d *document) invalid(err error) error {
	f := Fault{Where: d.name, Message: yamlMessage(err)}
	var ye yaml.Error
	if errors.As(err, &ye) && ye.GetToken() != nil {
		pos := ye.GetToken().Position
		f.Where = fmt.Sprintf("%s:%d", d.name, pos.Line)
		if at := pathAt(d.root, pos); at != nil {
			f.Where += ": " + at.String()
			var unknown *yaml.UnknownFieldError
			if errors.As(err, &unknown) {
				f.Message = "unknown key; known here: " + strings.Join(knownKeys(at), ", ")
			}
		}
	}
	return &Invalid{[]Fault{f}}
}

// knownKeys lists the keys that may stand where at, a key, stands.
func knownKeys(at path) []string {
	t := reflect.TypeFor[layer]()
	switch at[0] {
	case "buckets":
		t = reflect.TypeFor[bucketEntry]()
	case "credentials":
		t = reflect.TypeFor[credentialEntry]()
	case "roles":
		t = reflect.TypeFor[roleEntry]()
	case "strict":
		t = reflect.TypeFor[strictEntry]()
	}
	names := make([]string, t.NumField())
	for i := range names {
		names[i] = t.Field(i).Tag.Get("yaml")
	}
	return names
}

// locate says where a part of a setting stands. A part that is missing stands
// where the whole does.
func (d *document) locate(at path) string {
	for n := len(at); n > 0; n-- {
		if node := find(d.root, at[:n]); node != nil {
			return fmt.Sprintf("%s:%d: %s", d.name, node.GetToken().Position.Line, at)
		}
	}
	return fmt.Sprintf("%s: %s", d.name, at)
}
