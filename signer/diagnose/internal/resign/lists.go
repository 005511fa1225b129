package resign

import (
	"slices"
	"strings"

	"github.com/cosemu/cosemu/signer"
)

// Style is a way of writing pairs.
type Style struct {
	// Value encodes a value, Key changes a name that is encoded and lower-cased
	// already; nil: it stays.
	Value, Key func(string) string
}

// Documented is the style of the documents.
func Documented() Style { return Style{Value: signer.Encode} }

// Edit is a change of one entry of a list of pairs.
type Edit struct {
	Dim  Dim // Params or Headers
	List int // which reading's list
	At   int // which entry; -1: a new one
	Pair signer.Pair
	Drop bool
}

// List is a reading's list of pairs, and how each is written.
type List struct {
	Pairs  []signer.Pair
	pieces []string
}

// Repeats reports whether an entry's name is also that of its neighbour.
func (l *List) Repeats(at int) bool {
	key := l.Pairs[at].Key
	return at > 0 && l.Pairs[at-1].Key == key || at+1 < len(l.Pairs) && l.Pairs[at+1].Key == key
}

// Lists are the readings' lists of a dimension.
func (s *Search[S]) Lists(d Dim) []List {
	if d == Params {
		return s.params
	}
	return s.headers
}

// addList registers a reading's list.
func (s *Search[S]) addList(d Dim, pairs []signer.Pair) uint16 {
	lists := &s.params
	if d == Headers {
		lists = &s.headers
	}
	known := len(s.texts[d])
	i := s.Rendered(d, pairs, Documented())
	if int(i) == known {
		pieces := make([]string, len(pairs))
		for i, p := range pairs {
			pieces[i] = s.scheme.Pair(d, p, Documented())
		}
		*lists = append(*lists, List{pairs, pieces})
	}
	return i
}

// Rendered registers a list of pairs, in the order given.
func (s *Search[S]) Rendered(d Dim, pairs []signer.Pair, st Style) uint16 {
	if d == Params {
		return s.Text(d, s.render(d, pairs, st))
	}
	i, _ := slices.BinarySearchFunc(pairs, "host", func(p signer.Pair, key string) int { return strings.Compare(p.Key, key) })
	return s.RenderedAt(pairs, i, st)
}

// RenderedAt registers a list of headers in which the host belongs at cut.
func (s *Search[S]) RenderedAt(pairs []signer.Pair, cut int, st Style) uint16 {
	return s.Between(s.render(Headers, pairs[:cut], st), s.render(Headers, pairs[cut:], st))
}

func (s *Search[S]) render(d Dim, pairs []signer.Pair, st Style) string {
	if len(pairs) == 0 {
		return ""
	}
	pieces := make([]string, len(pairs))
	for i, p := range pairs {
		pieces[i] = s.scheme.Pair(d, p, st)
	}
	return s.scheme.Join(d, pieces)
}

// Edited registers the list that results from one or more edits.
func (s *Search[S]) Edited(edits ...Edit) uint16 {
	d := edits[0].Dim
	list := &s.Lists(d)[edits[0].List]
	for _, e := range edits {
		if e.At < 0 || list.Repeats(e.At) {
			return s.rearranged(list, edits)
		}
	}
	// The names stay as they are, and so does the order.
	pieces := make([]string, 0, len(list.pieces))
	cut := 0
next:
	for i, piece := range list.pieces {
		for _, e := range edits {
			if e.At != i {
				continue
			}
			if e.Drop {
				continue next
			}
			piece = s.scheme.Pair(d, e.Pair, Documented())
		}
		pieces = append(pieces, piece)
		if list.Pairs[i].Key < "host" {
			cut = len(pieces)
		}
	}
	if d == Params {
		return s.Text(d, s.scheme.Join(d, pieces))
	}
	return s.Between(s.scheme.Join(d, pieces[:cut]), s.scheme.Join(d, pieces[cut:]))
}

// rearranged is Edited for edits that may change the order.
func (s *Search[S]) rearranged(list *List, edits []Edit) uint16 {
	s.work += 100 * len(list.Pairs) // sorting and writing them takes as long as hashing that
	pairs := make([]signer.Pair, 0, len(list.Pairs)+len(edits))
	for i, p := range list.Pairs {
		drop := false
		for _, e := range edits {
			if e.At == i {
				p, drop = e.Pair, e.Drop
			}
		}
		if !drop {
			pairs = append(pairs, p)
		}
	}
	for _, e := range edits {
		if e.At < 0 {
			pairs = append(pairs, e.Pair)
		}
	}
	c := signer.Canonical{Params: pairs}
	c.Sort()
	return s.Rendered(edits[0].Dim, pairs, Documented())
}

// Written is one pair as it is signed.
func (s *Search[S]) Written(d Dim, p signer.Pair, st Style) string { return s.scheme.Pair(d, p, st) }
