package config

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
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

// shortAliases reads host=bucket pairs.
func shortAliases(texts []string) (map[string]text, error) {
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
				return nil, lang.Errorf("%q is no host=bucket, such as uploads.test=%s",
					"%q 不是 host=bucket，例如 uploads.test=%s", pair, DefaultBucket)
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
		return bucketEntry{}, lang.Errorf("%q is no name[:region[:acl]]", "%q 不是 name[:region[:acl]]", s)
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

// shortRole reads name[:appid].
func shortRole(s string) (roleEntry, error) {
	name, appID, _ := strings.Cut(s, ":")
	if strings.Contains(appID, ":") {
		return roleEntry{}, lang.Errorf("%q is no name[:appid]; a role with more needs the form of the file",
			"%q 不是 name[:appid]；其他字段要用配置文件的写法", s)
	}
	return roleEntry{Name: text(name), AppID: text(appID)}, nil
}

// decodeInline reads a value in the file's form out of a flag or a variable.
func decodeInline(s string, into any) error {
	root, err := parseYAML([]byte(s))
	if err == nil && root != nil {
		err = yaml.NodeToValue(root, into, yaml.Strict())
	}
	if err != nil {
		return plainly(err)
	}
	return nil
}
