package diagnose

import (
	"cmp"
	"strings"

	"github.com/cosemu/cosemu/signer"
)

// proposePaths looks at how the key is encoded, and at what stands before it.
func (s *awsSearch) proposePaths() {
	arrived := s.plain.path
	add := func(m *Message, path string, likely bool) {
		if path != arrived && path != "" {
			s.add("path", likely, m, Values{Signed: path, Arrived: arrived}, func(t *awsText) { t.path = path })
		}
	}
	plain := signer.Decode(arrived)
	if once := signer.Decode(plain); once != plain {
		add(&wordsPathTwice, signer.EncodePath(once), true)
	}
	if s.plain.family == signer.AWS2 {
		add(&wordsAWS2PathRaw, plain, true)
		add(&wordsAWS2PathRaw, signer.EncodePath(plain), true)
	} else {
		add(&wordsPathRaw, plain, true)
	}
	add(&wordsAWSPathTwice, signer.EncodePath(arrived), true)
	if raw := s.e.req.Path; s.plain.family == signer.AWS2 {
		add(&wordsPathPlus, strings.ReplaceAll(arrived, "+", "%20"), true)
	} else if strings.Contains(raw, "+") {
		add(&wordsPathPlus, signer.EncodePath(signer.Decode(strings.ReplaceAll(raw, "+", "%20"))), true)
	}
	for _, from := range everyPlace(arrived, "%2B", "%20") {
		add(&wordsPathBlank, from, true)
	}
	for _, from := range append(everyPlace(arrived, "%20", "%2B"), everyPlace(arrived, "%20", "+")...) {
		add(&wordsPathSpace, from, true)
	}
	add(&wordsAWSPathSlashes, "/"+strings.ReplaceAll(strings.TrimPrefix(arrived, "/"), "/", "%2F"), true)
	add(&wordsPathSlash, "/"+strings.TrimLeft(arrived, "/"), true)
	add(&wordsPathSlash, strings.ReplaceAll(arrived, "//", "/"), false)
	for _, from := range everyPlace(arrived, "//", "/") {
		add(&wordsPathSlash, from, false)
	}
	for i := 1; i < len(arrived) && i < maxAWSSlashes; i++ {
		if arrived[i] == '/' {
			add(&wordsPathSlash, arrived[:i]+arrived[i:i+1]+arrived[i:], true)
		}
	}
	add(&wordsPathSlash, "/"+arrived, true)
	add(&wordsPathSlash, arrived+"/", false)
	add(&wordsPathSlash, strings.TrimSuffix(arrived, "/"), false)
	add(&wordsPathSlash, strings.TrimPrefix(arrived, "/"), false)
	s.proposeBucket(add)
	for _, key := range s.e.in.Facts.Keys {
		dir := "/"
		if b := s.e.bucket(); b != "" && strings.HasPrefix(arrived, "/"+b+"/") {
			dir += b + "/"
		}
		add(&wordsPathOther, dir+signer.EncodePath(key), false)
	}
}

// maxPlaces bounds the places that are changed one by one.
const maxPlaces = 16

// everyPlace are the texts with all of old replaced, and with each of the first ones
// alone.
func everyPlace(s, old, with string) []string {
	list := []string{strings.ReplaceAll(s, old, with)}
	for at := 0; len(list) <= maxPlaces; {
		i := strings.Index(s[at:], old)
		if i < 0 {
			break
		}
		at += i
		list = append(list, s[:at]+with+s[at+len(old):])
		at += len(old)
	}
	return list
}

// proposeBucket looks at the bucket before the key: in a path, and for AWS2 in
// CanonicalizedResource, which has it at every address.
func (s *awsSearch) proposeBucket(add func(m *Message, path string, likely bool)) {
	arrived, b := s.plain.path, s.e.bucket()
	if b == "" {
		return
	}
	rest, inPath := strings.CutPrefix(arrived, "/"+b)
	inPath = inPath && (rest == "" || rest[0] == '/')
	switch {
	case s.plain.family == signer.AWS2 && inPath:
		add(&wordsAWS2NoBucket, cmp.Or(rest, "/"), true)
		add(&wordsAWS2BucketTwice, "/"+b+arrived, true)
		host := strings.ToLower(withoutPort(s.e.req.Host))
		add(&wordsAWS2Bucket, "/"+host+rest, true)
		add(&wordsAWS2Bucket, "/"+host+arrived, true)
		if name, _, ok := cutLast(b, "-"); ok {
			add(&wordsAWS2Bucket, "/"+name+rest, true)
		}
		for _, other := range s.e.in.Facts.Buckets {
			if other != b {
				add(&wordsPathOther, "/"+other+rest, false)
			}
		}
	case inPath:
		add(&wordsPathBucket, cmp.Or(rest, "/"), true)
	default:
		add(&wordsPathNoBucket, "/"+b+arrived, true)
	}
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
