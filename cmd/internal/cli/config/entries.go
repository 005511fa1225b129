package config

import (
	"slices"
	"strings"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/emulator"
)

// A bucketEntry is one bucket as a place writes it.
type bucketEntry struct {
	Name   text `yaml:"name"`
	Region text `yaml:"region"`
	ACL    text `yaml:"acl"`
	CORS   text `yaml:"cors"`
	MAZ    bool `yaml:"maz"`
}

// A credentialEntry is one key pair as a place writes it.
type credentialEntry struct {
	SecretID  text `yaml:"secret_id"`
	SecretKey text `yaml:"secret_key"`
	AppID     text `yaml:"appid"`
	Token     text `yaml:"token"`
	Expires   text `yaml:"expires"`

	UIN      text      `yaml:"uin"`
	OwnerUIN text      `yaml:"owner_uin"`
	Policy   policyDoc `yaml:"policy"`
}

func judgeBucket(at path, b bucketEntry) findings {
	var found findings
	if err := bucketName(string(b.Name)); err != nil {
		found = append(found, finding{at.with("name"), err})
	}
	if b.Region != "" {
		if _, err := region(string(b.Region)); err != nil {
			found = append(found, finding{at.with("region"), err})
		}
	}
	switch b.ACL {
	case "", emulator.ACLPrivate, emulator.ACLPublicRead, emulator.ACLPublicReadWrite, emulator.ACLAuthenticatedRead:
	default:
		found = append(found, finding{at.with("acl"), lang.Errorf("%q is none of %s, %s, %s, %s", "%q 不是 %s、%s、%s 或 %s", b.ACL,
			emulator.ACLPrivate, emulator.ACLPublicRead, emulator.ACLPublicReadWrite, emulator.ACLAuthenticatedRead)})
	}
	if b.CORS != "" {
		if _, err := corsMode(string(b.CORS)); err != nil {
			found = append(found, finding{at.with("cors"), err})
		}
	}
	return found
}

func (b bucketEntry) config() emulator.BucketConfig {
	return emulator.BucketConfig{Name: string(b.Name), Region: string(b.Region), ACL: string(b.ACL), CORS: emulator.CORSMode(b.CORS), MAZ: b.MAZ}
}

func readBuckets(entries []bucketEntry) ([]emulator.BucketConfig, findings) {
	seen := map[text]bool{}
	var found findings
	buckets := make([]emulator.BucketConfig, 0, len(entries))
	for i, b := range entries {
		found = append(found, judgeBucket(path{i}, b)...)
		if seen[b.Name] && b.Name != "" {
			found = append(found, finding{path{i, "name"}, lang.Errorf("bucket %q is there twice", "存储桶 %q 出现了两次", b.Name)})
		}
		seen[b.Name] = true
		buckets = append(buckets, b.config())
	}
	return buckets, found
}

func judgeCredential(at path, c credentialEntry) findings {
	var found findings
	if c.SecretID == "" {
		found = append(found, finding{at.with("secret_id"), lang.Errorf("the key id is missing", "缺少 SecretId")})
	}
	if c.SecretKey == "" {
		found = append(found, finding{at.with("secret_key"), lang.Errorf("the secret is missing", "缺少 SecretKey")})
	}
	if strings.IndexFunc(string(c.AppID), func(r rune) bool { return r < '0' || r > '9' }) >= 0 {
		found = append(found, finding{at.with("appid"), lang.Errorf("%q is no APPID, such as %s", "%q 不是 APPID，例如 %s", c.AppID, DefaultAppID)})
	}
	if c.Expires != "" {
		switch _, err := Instant(string(c.Expires)); {
		case err != nil:
			found = append(found, finding{at.with("expires"), err})
		case c.Token == "":
			found = append(found, finding{at.with("expires"), lang.Errorf("only temporary keys expire, and those have a token", "只有临时密钥会到期，而临时密钥必须有 Token")})
		}
	}
	for name, t := range map[string]text{"uin": c.UIN, "owner_uin": c.OwnerUIN} {
		if t != "" && number(t) != nil {
			found = append(found, finding{at.with(name), number(t)})
		}
	}
	found = append(found, judgePolicy(at, c.Policy)...)
	if len(found) > 0 {
		return found
	}
	if err := emulator.ValidKey(c.key()); err != nil { // it names no secret
		found = append(found, finding{at, err})
	}
	return found
}

// key is the entry as the keyring wants it; the APPID may still be missing.
func (c credentialEntry) key() emulator.Key {
	k := emulator.Key{
		SecretID: string(c.SecretID), SecretKey: string(c.SecretKey),
		AppID: string(c.AppID), Token: string(c.Token), UIN: string(c.UIN), OwnerUIN: string(c.OwnerUIN),
	}
	k.Rights, _ = c.Policy.parse() // judged before
	if c.Expires != "" {
		k.Expires, _ = Instant(string(c.Expires)) // judged before
	}
	return k
}

func readCredentials(entries []credentialEntry) ([]emulator.Key, findings) {
	seen := map[text]bool{}
	var found findings
	keys := make([]emulator.Key, 0, len(entries))
	for i, c := range entries {
		found = append(found, judgeCredential(path{i}, c)...)
		if seen[c.SecretID] && c.SecretID != "" {
			found = append(found, finding{path{i, "secret_id"}, lang.Errorf("%q is there twice", "%q 出现了两次", c.SecretID)})
		}
		seen[c.SecretID] = true
		keys = append(keys, c.key())
	}
	return keys, found
}

func readHosts(entries []text) ([]string, findings) {
	var found findings
	hosts := make([]string, 0, len(entries))
	for i, e := range entries {
		host, err := hostName(string(e))
		if err != nil {
			found = append(found, finding{path{i}, err})
		}
		hosts = append(hosts, host)
	}
	return hosts, found
}

func readAliasMap(entries map[string]text) (map[string]string, findings) {
	var found findings
	m := map[string]string{}
	for host, bucket := range entries {
		name, err := aliasHost(host)
		if err != nil {
			found = append(found, finding{path{host}, err})
		}
		if err := bucketName(string(bucket)); err != nil {
			found = append(found, finding{path{host}, err})
		}
		m[name] = string(bucket)
	}
	slices.SortFunc(found, func(a, b finding) int { return strings.Compare(a.at.String(), b.at.String()) })
	return m, found
}
