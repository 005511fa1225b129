package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
)

// maxFile bounds a configuration file; far above any sensible one.
const maxFile = 4 << 20

// A document is a configuration file that was read.
type document struct {
	name string
	root ast.Node // nil: the file says nothing
}

// readFile reads a configuration file. Its error is an *Invalid.
func readFile(name string) (*document, error) {
	data, err := readBounded(name)
	if err != nil {
		return nil, &Invalid{[]Fault{{Where: whereFile, Err: err}}}
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
		err = lang.Errorf("%s: larger than %d bytes", "%s：超过 %d 字节", name, maxFile)
	}
	return data, err
}

// parse reads a configuration; name is what errors call it.
func parse(name string, data []byte) (*document, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // as Windows editors write it
	root, err := parseYAML(data)
	d := &document{name, root}
	if err != nil {
		return nil, &Invalid{d.faults(nil, err)}
	}
	return d, nil
}

// at is the value of the setting that at leads to; nil when there is none.
func (d *document) at(at path) ast.Node {
	n := find(d.root, at)
	if _, null := n.(*ast.NullNode); null {
		return nil
	}
	return n
}

// unknownKeys are the faults of keys that are no setting, and of what should be a
// mapping and is none.
func (d *document) unknownKeys(settings []*kong.Flag) []Fault {
	known := map[string][]string{} // the keys of a mapping; "": of the whole
	for _, flag := range settings {
		mapping := ""
		for _, step := range pathOf(flag) {
			key, _ := step.(string)
			if !slices.Contains(known[mapping], key) {
				known[mapping] = append(known[mapping], key)
			}
			mapping = key
		}
	}
	return d.unknownIn(nil, known)
}

func (d *document) unknownIn(at path, known map[string][]string) []Fault {
	n := d.at(at)
	if n == nil {
		return nil
	}
	entries, ok := pairs(n)
	if !ok {
		return d.faults(at, &yaml.SyntaxError{Message: "want a mapping here", Token: n.GetToken()})
	}
	var faults []Fault
	for _, e := range entries {
		key := e.Key.GetToken().Value
		switch here := known[at.String()]; {
		case !slices.Contains(here, key):
			faults = append(faults, Fault{Where: d.locate(at.with(key)), Err: unknownKey(here)})
		case known[key] != nil:
			faults = append(faults, d.unknownIn(at.with(key), known)...)
		}
	}
	return faults
}

func unknownKey(known []string) error {
	return lang.Errorf("unknown key; known here: %s", "未知的键；此处可用：%s", strings.Join(known, ", "))
}

// faults are the faults of a setting that at leads to.
func (d *document) faults(at path, err error) []Fault {
	var found findings
	if errors.As(err, &found) {
		faults := make([]Fault, len(found))
		for i, f := range found {
			faults[i] = Fault{Where: d.locate(at.with(f.at...)), Err: f.err}
		}
		return faults
	}
	var ye yaml.Error
	if !errors.As(err, &ye) || ye.GetToken() == nil {
		return []Fault{{Where: d.locate(at), Err: plainly(err)}}
	}
	pos := ye.GetToken().Position
	f := Fault{Where: fmt.Sprintf("%s:%d", d.name, pos.Line), Err: plainly(err)}
	if at := pathAt(d.root, pos); at != nil {
		f.Where += ": " + at.String()
		if unknown := (*yaml.UnknownFieldError)(nil); errors.As(err, &unknown) {
			f.Err = unknownKey(keysOf(at))
		}
	}
	return []Fault{f}
}

// keysOf lists the keys that an entry of the list at has.
func keysOf(at path) []string {
	var t reflect.Type
	switch at[0] {
	case "buckets":
		t = reflect.TypeFor[bucketEntry]()
	case "credentials":
		t = reflect.TypeFor[credentialEntry]()
	default:
		t = reflect.TypeFor[roleEntry]()
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
