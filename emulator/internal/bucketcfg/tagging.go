package bucketcfg

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

const (
	// MaxBucketTags is how many tags a bucket may have (COS docs: PUT Bucket
	// tagging).
	MaxBucketTags = 50
	// MaxObjectTags is how many tags an object may have (COS docs: PUT Object
	// tagging).
	MaxObjectTags = 10
)

const (
	maxTagKey   = 127 // characters (COS docs: 对象标签概述, 存储桶标签概述)
	maxTagValue = 255
)

// Tag is a name with a value.
type Tag struct{ Key, Value string }

// ParseTagging reads a set of at most maximum tags. An invalid tag, or one too
// many, is InvalidTag (choice 194).
func ParseTagging(doc []byte, maximum int) ([]Tag, *coserr.Error) {
	n, err := read(doc, &shape{name: "Tagging", kids: []shape{
		some(1, 1, "TagSet", some(0, maxNodes, "Tag", one("Key", nil), one("Value", nil))),
	}})
	if err != nil {
		return nil, err
	}
	set := n.kids[0].kids
	tags := make([]Tag, len(set))
	for i := range set {
		tags[i] = Tag{Key: set[i].kid("Key"), Value: set[i].kid("Value")}
	}
	return judgeTags(tags, maximum)
}

// ParseTagList reads the header x-cos-tagging, `k=v&k=v`, percent-encoded, by the
// same rules. A `+` is a blank, which is what encoders mean by it. Without `=` the
// value is empty (choice 205).
func ParseTagList(list string, maximum int) ([]Tag, *coserr.Error) {
	var tags []Tag
	for pair := range strings.SplitSeq(list, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(name)
		if err != nil {
			return nil, coserr.New(coserr.InvalidTag)
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return nil, coserr.New(coserr.InvalidTag)
		}
		if tags = append(tags, Tag{Key: key, Value: value}); len(tags) > maximum {
			break
		}
	}
	return judgeTags(tags, maximum)
}

// judgeTags checks a set of tags.
func judgeTags(tags []Tag, maximum int) ([]Tag, *coserr.Error) {
	if len(tags) > maximum {
		return nil, coserr.New(coserr.InvalidTag)
	}
	seen := make(map[string]bool, len(tags))
	for _, tag := range tags {
		if tag.Key == "" || seen[tag.Key] || reserved(tag.Key) || !tagText(tag.Key, maxTagKey) || !tagText(tag.Value, maxTagValue) {
			return nil, coserr.New(coserr.InvalidTag)
		}
		seen[tag.Key] = true
	}
	return tags, nil
}

// reserved reports whether a key begins as only the system's own may (COS docs:
// 存储桶标签概述; for objects choice 434).
func reserved(key string) bool {
	return strings.HasPrefix(key, "qcs:") || strings.HasPrefix(key, "project") || strings.HasPrefix(key, "项目")
}

// tagText reports whether a key or value has allowed characters alone: letters, digits, blanks and
// `+ - = . _ : / @` (COS docs: 对象标签概述, 存储桶标签概述).
func tagText(text string, limit int) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= limit && !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" +-_=.:/@", r)
	})
}
