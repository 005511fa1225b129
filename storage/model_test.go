package storage_test

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/storage"
)

// model is a bucket as naively as it can be kept: all versions of each key,
// the newest first.
type model struct {
	versioning storage.Versioning
	keys       map[string][]modelVersion
	documents  map[string]string
}

type modelVersion struct {
	id         string // "null" without one
	marker     bool
	body       string
	acl        string
	appendable bool
}

func newModel() *model {
	return &model{keys: map[string][]modelVersion{}, documents: map[string]string{}}
}

func (m *model) newest(key string) (modelVersion, bool) {
	if all := m.keys[key]; len(all) > 0 {
		return all[0], true
	}
	return modelVersion{}, false
}

// current is the object of a key.
func (m *model) current(key string) (modelVersion, bool) {
	v, found := m.newest(key)
	return v, found && !v.marker
}

func (m *model) find(key, id string) (modelVersion, bool) {
	if id == "" {
		return m.newest(key)
	}
	for _, v := range m.keys[key] {
		if v.id == id {
			return v, true
		}
	}
	return modelVersion{}, false
}

// add puts a version on top.
func (m *model) add(key string, v modelVersion) {
	switch m.versioning {
	case storage.VersioningNever:
		m.keys[key] = nil
	case storage.VersioningSuspended:
		m.remove(key, "null")
	}
	m.keys[key] = append([]modelVersion{v}, m.keys[key]...)
}

// remove takes a version away and reports whether it was there.
func (m *model) remove(key, id string) (modelVersion, bool) {
	v, found := m.find(key, id)
	if found {
		m.keys[key] = slices.DeleteFunc(slices.Clone(m.keys[key]), func(o modelVersion) bool { return o.id == id })
	}
	return v, found
}

// names are the keys that have versions, sorted.
func (m *model) names() (out []string) {
	for _, key := range slices.Sorted(maps.Keys(m.keys)) {
		if len(m.keys[key]) > 0 {
			out = append(out, key)
		}
	}
	return out
}

// line is an entry of a listing.
type line struct {
	key, id string
	prefix  bool
	latest  bool
	marker  bool
	size    int64
}

// folded is the common prefix of a key, or "".
func folded(key, prefix, delimiter string) string {
	if delimiter == "" || !strings.HasPrefix(key, prefix) {
		return ""
	}
	at := strings.Index(key[len(prefix):], delimiter)
	if at < 0 {
		return ""
	}
	return key[:len(prefix)+at+len(delimiter)]
}

// lines are all entries of a listing, of all versions or of the objects alone.
func (m *model) lines(prefix, delimiter string, all bool) (out []line) {
	for _, key := range m.names() {
		if !strings.HasPrefix(key, prefix) {
			continue
		}
		versions := m.keys[key]
		if !all {
			if versions[0].marker {
				continue
			}
			versions = versions[:1]
		}
		if p := folded(key, prefix, delimiter); p != "" {
			if len(out) == 0 || out[len(out)-1].key != p {
				out = append(out, line{key: p, prefix: true})
			}
			continue
		}
		for i, v := range versions {
			out = append(out, line{key: key, id: m.shown(v.id), latest: i == 0, marker: v.marker, size: int64(len(v.body))})
		}
	}
	return out
}

// shown is a version id as the store gives it.
func (m *model) shown(id string) string {
	if m.versioning == storage.VersioningNever {
		return ""
	}
	return id
}

// after leaves out what a page with these markers does not show.
func (m *model) after(lines []line, o storage.VersionOptions) []line {
	if o.KeyMarker == "" {
		return lines
	}
	bound := o.KeyMarker
	p := folded(o.KeyMarker, o.Prefix, o.Delimiter)
	if p != "" {
		bound = p
	}
	exact := p == "" && o.VersionMarker != "" && strings.HasPrefix(o.KeyMarker, o.Prefix)
	return slices.DeleteFunc(slices.Clone(lines), func(l line) bool {
		if c := cmp.Compare(l.key, bound); c != 0 || !exact {
			return c <= 0
		}
		return !m.older(l.key, cmp.Or(l.id, "null"), o.VersionMarker)
	})
}

// older reports whether version id of a key is older than mark, which is one of
// its versions or a null version that is not there: than that all are older
// (choice 24).
func (m *model) older(key, id, mark string) bool {
	at := slices.IndexFunc(m.keys[key], func(v modelVersion) bool { return v.id == mark })
	mine := slices.IndexFunc(m.keys[key], func(v modelVersion) bool { return v.id == id })
	return mine > at
}
