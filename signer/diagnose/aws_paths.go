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
	add(&wordsPathTwice, signer.EncodePath(signer.Decode(plain)), true)
	add(&wordsAWSPathTwice, signer.EncodePath(arrived), true)
	add(&wordsPathRaw, plain, true)
	if s.plain.family == signer.AWS2 {
		add(&wordsPathRaw, signer.EncodePath(plain), true)
	}
	add(&wordsPathBlank, strings.ReplaceAll(arrived, "%2B", "%20"), true)
	add(&wordsPathPlus, strings.ReplaceAll(arrived, "+", "%20"), true)
	add(&wordsPathSpace, strings.ReplaceAll(arrived, "%20", "%2B"), true)
	add(&wordsPathSpace, strings.ReplaceAll(arrived, "%20", "+"), true)
	add(&wordsAWSPathSlashes, "/"+strings.ReplaceAll(strings.TrimPrefix(arrived, "/"), "/", "%2F"), true)
	add(&wordsPathSlash, "/"+strings.TrimLeft(arrived, "/"), true)
	add(&wordsPathSlash, strings.ReplaceAll(arrived, "//", "/"), false)
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
