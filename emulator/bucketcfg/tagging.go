package bucketcfg

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cosemu/cosemu/emulator/coserr"
)

// MaxBucketTags is how many tags a bucket may have (COS docs: PUT Bucket
// tagging).
const MaxBucketTags = 50

const (
	maxTagKey   = 128 // characters (same page)
	maxTagValue = 256
)

// Tag is a name with a value.
type Tag struct{ Key, Value string }

// ParseTagging reads a set of at most maximum tags. What a tag may not be, and
// a tag too many, is InvalidTag (choice 194).
func ParseTagging(doc []byte, maximum int) ([]Tag, *coserr.Error) {
	n, err := read(doc, &shape{name: "Tagging", kids: []shape{
		some(1, 1, "TagSet", some(0, maxNodes, "Tag", one("Key", nil), one("Value", nil))),
	}})
	if err != nil {
		return nil, err
	}
	set := n.kids[0].kids
	if len(set) > maximum {
		return nil, coserr.New(coserr.InvalidTag)
	}
	tags := make([]Tag, 0, len(set))
	seen := make(map[string]bool, len(set))
	for i := range set {
		tag := Tag{Key: set[i].kid("Key"), Value: set[i].kid("Value")}
		if tag.Key == "" || seen[tag.Key] || !tagText(tag.Key, maxTagKey) || !tagText(tag.Value, maxTagValue) {
			return nil, coserr.New(coserr.InvalidTag)
		}
		seen[tag.Key] = true
		tags = append(tags, tag)
	}
	return tags, nil
}

// tagText tells whether a text may be a tag's: letters, digits, blanks and
// `+ - _ = . : /`.
func tagText(text string, limit int) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= limit && !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" +-_=.:/", r)
	})
}
