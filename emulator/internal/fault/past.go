package fault

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cosemu/cosemu/storage"
)

// past is a bucket as of an earlier time.
type past struct {
	store  *storage.Store
	bucket string
	at     time.Time
	size   int // of a page of the store
	// changed are the objects that changed since, as they were; nil: there was none.
	changed map[string]*storage.Object
}

// known returns an object that was there at the time; nil where it is younger.
func (p *past) known(o *storage.Object) *storage.Object {
	if o == nil || o.Modified.After(p.at) {
		return nil
	}
	return o
}

// Stat implements call.Past.
func (p *past) Stat(key string) (storage.Object, error) {
	o, changed := p.changed[key]
	if !changed {
		now, err := p.store.Stat(p.bucket, key)
		if err != nil {
			return now, err
		}
		o = p.known(&now)
	}
	if o == nil {
		return storage.Object{}, fmt.Errorf("%w: %q in %s at %v", storage.ErrNoObject, key, p.bucket, p.at)
	}
	out := *o
	out.Key = key
	return out, nil
}

const (
	// pastPages bounds how many pages of the store one page of a listing takes (choice 768).
	pastPages = 64
	pastPage  = 1000
)

// entry is an object of a page, or a common prefix.
type entry struct {
	name   string
	object *storage.Object // nil: a common prefix
}

// List implements call.Past.
func (p *past) List(o storage.ListOptions) (page storage.ListPage, err error) {
	if o.Max <= 0 {
		return p.store.List(p.bucket, o)
	}
	next, then := o, p.added(&o)
	next.Max = p.size
	var out []entry
	for range pastPages {
		now, err := p.store.List(p.bucket, next)
		if err != nil {
			return page, err
		}
		list, err := p.visible(&now)
		if err != nil {
			return page, err
		}
		// What was there and is not stands in its place.
		end := len(then)
		if now.Truncated {
			end, _ = slices.BinarySearchFunc(then, now.NextMarker, func(e entry, name string) int {
				return cmp.Or(strings.Compare(e.name, name), -1) // after an equal one
			})
		}
		out = append(out, merge(list, then[:end])...)
		then = then[end:]
		if len(out) > o.Max {
			out = out[:o.Max]
			page.Truncated, page.NextMarker = true, out[o.Max-1].name
			break
		}
		if !now.Truncated {
			page.Truncated = false
			break
		}
		next.Marker = now.NextMarker
		page.Truncated, page.NextMarker = true, now.NextMarker // if the next one is a page too many
	}
	if !page.Truncated {
		page.NextMarker = ""
	}
	for i := range out {
		if out[i].object != nil {
			page.Objects = append(page.Objects, *out[i].object)
		} else {
			page.Prefixes = append(page.Prefixes, out[i].name)
		}
	}
	return page, nil
}

// visible are the entries of a page that were there.
func (p *past) visible(now *storage.ListPage) (out []entry, err error) {
	for i := range now.Objects {
		if _, changed := p.changed[now.Objects[i].Key]; !changed && p.known(&now.Objects[i]) != nil {
			out = append(out, entry{now.Objects[i].Key, &now.Objects[i]})
		}
	}
	for _, prefix := range now.Prefixes {
		there, err := p.any(prefix)
		if err != nil {
			return nil, err
		}
		if there {
			out = append(out, entry{name: prefix})
		}
	}
	sortEntries(out)
	return out, nil
}

// any reports whether an object with a prefix was there that did not change since.
// Those that did are in added.
func (p *past) any(prefix string) (bool, error) {
	o := storage.ListOptions{Prefix: prefix, Max: 1}
	for range pastPages {
		page, err := p.store.List(p.bucket, o)
		if err != nil {
			return false, err
		}
		for i := range page.Objects {
			if _, changed := p.changed[page.Objects[i].Key]; !changed && p.known(&page.Objects[i]) != nil {
				return true, nil
			}
		}
		if !page.Truncated {
			return false, nil
		}
		o.Marker, o.Max = page.NextMarker, p.size
	}
	return false, nil
}

// added are the entries of a listing that objects which changed since would make.
func (p *past) added(o *storage.ListOptions) (out []entry) {
	skipped := fold(o.Marker, o) // a marker inside a common prefix is after all of it
	for _, key := range slices.Sorted(maps.Keys(p.changed)) {
		object := p.changed[key]
		if object == nil || !strings.HasPrefix(key, o.Prefix) {
			continue
		}
		e := entry{fold(key, o), nil}
		if e.name == "" {
			was := *object
			was.Key = key
			e = entry{key, &was}
		}
		if e.name > o.Marker && (e.object != nil || e.name != skipped) {
			out = append(out, e)
		}
	}
	sortEntries(out)
	return compact(out)
}

// fold is the common prefix that a key belongs to; "": none.
func fold(key string, o *storage.ListOptions) string {
	if o.Delimiter == "" || !strings.HasPrefix(key, o.Prefix) {
		return ""
	}
	before, _, found := strings.Cut(key[len(o.Prefix):], o.Delimiter)
	if !found {
		return ""
	}
	return key[:len(o.Prefix)+len(before)+len(o.Delimiter)]
}

func merge(a, b []entry) []entry {
	out := slices.Concat(a, b)
	sortEntries(out)
	return compact(out)
}

func sortEntries(list []entry) {
	slices.SortFunc(list, func(a, b entry) int { return strings.Compare(a.name, b.name) })
}

// compact leaves each name once.
func compact(list []entry) []entry {
	return slices.CompactFunc(list, func(a, b entry) bool { return a.name == b.name })
}
