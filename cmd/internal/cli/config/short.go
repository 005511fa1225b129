package config

import (
	"errors"
	"fmt"
	"strings"
)

// A list in a flag or a variable is written short, its items separated by
// commas and a flag repeated at will, or, when it starts with a bracket, as
// the file has it. So what the short form cannot say needs no file either:
//
//	--buckets photos-1250000000:ap-beijing:public-read,docs-1250000000
//	COSEMU_BUCKETS='[{name: photos-1250000000, acl: public-read}]'

// readList reads lists of items, each written short.
func readList[E any](texts []string, item func(string) (E, error)) ([]E, error) {
	list := []E{}
	for _, t := range texts {
		t = strings.TrimSpace(t)
		if strings.HasPrefix(t, "[") {
			var more []E
			if err := decodeInline(t, &more); err != nil {
				return nil, err
			}
			list = append(list, more...)
			continue
		}
		for piece := range strings.SplitSeq(t, ",") {
			piece = strings.TrimSpace(piece)
			if piece == "" {
				continue
			}
			e, err := item(piece)
			if err != nil {
				return nil, err
			}
			list = append(list, e)
		}
	}
	return list, nil
}

// readAliases reads host=bucket pairs.
func readAliases(texts []string) (map[string]text, error) {
	m := map[string]text{}
	for _, t := range texts {
		t = strings.TrimSpace(t)
		if strings.HasPrefix(t, "{") {
			if err := decodeInline(t, &m); err != nil {
				return nil, err
			}
			continue
		}
		for pair := range strings.SplitSeq(t, ",") {
			pair = strings.TrimSpace(pair)
			if pair == "" {
				continue
			}
			host, bucket, ok := strings.Cut(pair, "=")
			if !ok {
				return nil, fmt.Errorf("%q is no host=bucket, such as uploads.test=%s", pair, DefaultBucket)
			}
			m[host] = text(bucket)
		}
	}
	return m, nil
}

// shortBucket reads name[:region[:acl]].
func shortBucket(s string) (bucketEntry, error) {
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return bucketEntry{}, fmt.Errorf("%q is no name[:region[:acl]]", s)
	}
	parts = append(parts, "", "")
	return bucketEntry{Name: text(parts[0]), Region: text(parts[1]), ACL: text(parts[2])}, nil
}

// shortCredential reads secret_id:secret_key[:appid].
func shortCredential(s string) (credentialEntry, error) {
	parts := strings.Split(s, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return credentialEntry{}, errors.New("not a pair")
	}
	parts = append(parts, "")
	return credentialEntry{SecretID: text(parts[0]), SecretKey: text(parts[1]), AppID: text(parts[2])}, nil
}

// decodeInline reads a value in the file's form out of a flag or a variable.
func decodeInline(s string, into any) error {
	if _, err := readYAML([]byte(s), into); err != nil {
		return errors.New(yamlMessage(err))
	}
	return nil
}
