package addr

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/bilingual"
	"github.com/cosemu/cosemu/signer"
)

// place is the key of an alias: a host name in lower case, and a port or "".
type place struct{ name, port string }

// alias is the bucket of an alias.
type alias struct {
	bucket string
	// address reports whether the alias is an address of this server and not a custom domain.
	address bool
}

// aliases are all aliases by host and port.
type aliases map[place]alias

func newAliases(configured map[string]string) (aliases, error) {
	all := make(aliases, len(configured))
	for host, bucket := range configured {
		at, err := readPlace(host)
		if err != nil {
			return nil, bilingual.Errorf("alias %q %w", "别名 %q %w", host, err)
		}
		if err := ValidBucket(bucket); err != nil {
			return nil, bilingual.Errorf("alias %q: bucket %q: %w", "别名 %q：存储桶 %q：%w", host, bucket, err)
		}
		if other, twice := all[at]; twice && other.bucket != bucket {
			return nil, bilingual.Errorf("alias %q stands for two buckets", "别名 %q 指向两个存储桶", host)
		}
		all[at] = alias{bucket: bucket, address: at.isAddress()}
	}
	return all, nil
}

// readPlace reads "host" or "host:port".
func readPlace(host string) (place, error) {
	at := place{name: HostName(host), port: portOf(host)}
	if !isHost(host) || at.name == "" {
		return at, bilingual.Errorf("is not a host name", "不是主机名")
	}
	if at.port != "" {
		n, err := strconv.ParseUint(at.port, 10, 16)
		if err != nil || n == 0 {
			return at, bilingual.Errorf("has no port from 1 to 65535", "的端口不在 1 到 65535 之间")
		}
		at.port = strconv.FormatUint(n, 10)
	}
	return at, nil
}

// isAddress reports whether the place is an address of this server and not a custom domain.
func (p place) isAddress() bool {
	return p.port != "" || p.name == "localhost" || net.ParseIP(p.name) != nil
}

// find returns the alias for a Host header. An alias with the port wins over one without. For a
// header without a port, the aliases with ports count if all of them are the same bucket, since a
// proxy may have removed the port.
func (all aliases) find(name, host string) (alias, bool) {
	if len(all) == 0 {
		return alias{}, false
	}
	port := portOf(host)
	a, ok := all[place{name, port}]
	if ok || port != "" {
		if !ok {
			a, ok = all[place{name, ""}]
		}
		return a, ok
	}
	for at, other := range all {
		if at.name != name {
			continue
		}
		if ok && a.bucket != other.bucket {
			return alias{}, false
		}
		a, ok = other, true
	}
	return a, ok
}

// portOf returns the port of a Host header, or "".
func portOf(host string) string {
	i := strings.LastIndexByte(host, ':')
	if i < 0 || strings.HasPrefix(host, "[") && host[i-1] != ']' ||
		!strings.HasPrefix(host, "[") && strings.IndexByte(host, ':') != i {
		return ""
	}
	return host[i+1:]
}

// beginsWithBucket reports whether the first segment of a path is the name of a bucket. The bucket
// exists, or its name belongs to this account or to another one that has key pairs. A name of a
// deleted or future bucket counts too. Otherwise an upload with an old URL would go to the bucket
// of the alias (choice 310).
func (r *Resolver) beginsWithBucket(rawPath, account string) bool {
	segment, _ := cutBucket(strings.TrimPrefix(rawPath, "/"))
	name := signer.Decode(segment)
	switch id := AppID(name); {
	case id == "":
		return false
	case id == account || r.hasAccount(id):
		return ValidBucket(name) == nil
	}
	return r.isBucket(name)
}

// NamesBucket reports whether a host is a custom domain or has a bucket in its name. An alias that
// is an address of this server is neither, so other services may be called there.
func (r *Resolver) NamesBucket(host string) bool {
	if a, ok := r.aliasFor(HostName(host), host); ok {
		return !a.address
	}
	return r.Resolve(host, "/").Bucket != ""
}

// SameMeaning reports whether a request has the same bucket and key in a lenient reading as in the
// plain one. A signature that matches in a lenient reading must not give access to anything else
// than what was signed.
//
// A path that was signed without a bucket means the bucket of the alias. Where there is no alias,
// it means the only bucket of the signer, which isOnlyBucket checks (choice 301).
func (r *Resolver) SameMeaning(host, path string, how signer.Reading, isOnlyBucket func(bucket string) bool) bool {
	is := r.Resolve(host, path)
	if how.Host != "" {
		host = how.Host
	}
	signed := strings.TrimPrefix(path, how.StripPrefix)
	was := r.Resolve(host, signed)
	if was.Bucket == is.Bucket && was.Key == is.Key {
		return true
	}
	if how.StripPrefix == "" || was.Style == Alias || was.Style == VirtualHost || r.beginsWithBucket(signed, is.AppID) {
		return false
	}
	asSent := r.Resolve(host, path)
	return asSent.Bucket == is.Bucket && asSent.Key == is.Key && isOnlyBucket(is.Bucket)
}

// AliasFor returns the alias, "host=bucket", with which a path-style request could also be signed
// without its bucket. It returns "" where the rest of the path may begin with a bucket too, or
// where the host is a COS host.
func (r *Resolver) AliasFor(host, path string) string {
	at := r.Resolve(host, path)
	if at.Style != PathStyle || ValidBucket(at.Bucket) != nil ||
		r.beginsWithBucket(strings.TrimPrefix(path, at.PathPrefix), at.AppID) {
		return ""
	}
	if !r.CanAlias(host) {
		return ""
	}
	return host + "=" + at.Bucket
}

// CanAlias reports whether a host can be an alias that is an address of this server. COS hosts
// cannot.
func (r *Resolver) CanAlias(host string) bool {
	for _, c := range []byte(host) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && strings.IndexByte(".-_:[]", c) < 0 {
			return false
		}
	}
	at, err := readPlace(host)
	return err == nil && at.isAddress() && !IsCloudHost(host)
}

// aliasFor finds the alias for a Host header; name is its host name.
func (r *Resolver) aliasFor(name, host string) (alias, bool) {
	return r.aliases.Load().find(name, host)
}

// HasAlias reports whether a host, or a host with its port, is an alias.
func (r *Resolver) HasAlias(host string) bool {
	_, ok := r.aliasFor(HostName(host), host)
	return ok
}

// Aliases returns all aliases: the bucket for each host or host:port, in lower case.
func (r *Resolver) Aliases() map[string]string {
	out := map[string]string{}
	for at, a := range *r.aliases.Load() {
		out[at.String()] = a.bucket
	}
	return out
}

// String writes host or host:port.
func (p place) String() string {
	if p.port != "" {
		return net.JoinHostPort(p.name, p.port)
	}
	if strings.Contains(p.name, ":") {
		return "[" + p.name + "]"
	}
	return p.name
}

// ErrAliasTaken is the error of AddAlias for a host that stands for another bucket.
var ErrAliasTaken = errors.New("it stands for another bucket")

// AddAlias makes a host, or a host:port, stand for a bucket, until ResetAliases. The error says what
// is wrong with one of them.
func (r *Resolver) AddAlias(host, bucket string) error {
	if IsCloudHost(host) {
		return fmt.Errorf("alias %q is a host of COS", host)
	}
	more, err := newAliases(map[string]string{host: bucket})
	if err != nil {
		return err
	}
	r.change.Lock()
	defer r.change.Unlock()
	all := maps.Clone(*r.aliases.Load())
	if all == nil {
		all = aliases{}
	}
	for at, a := range more {
		if have, taken := all[at]; taken && have.bucket != bucket {
			return fmt.Errorf("alias %q: %w", host, ErrAliasTaken)
		}
		all[at] = a
	}
	r.aliases.Store(&all)
	return nil
}

// RemoveAlias removes the alias of a host, if it stands for this bucket, or for any with an empty
// bucket. It reports whether it did.
func (r *Resolver) RemoveAlias(host, bucket string) bool {
	at, err := readPlace(host)
	if err != nil {
		return false
	}
	r.change.Lock()
	defer r.change.Unlock()
	have, ok := (*r.aliases.Load())[at]
	if !ok || bucket != "" && have.bucket != bucket {
		return false
	}
	all := maps.Clone(*r.aliases.Load())
	delete(all, at)
	r.aliases.Store(&all)
	return true
}

// RemoveAliasesOf removes the aliases that were added for buckets of an account.
func (r *Resolver) RemoveAliasesOf(appID string) {
	r.change.Lock()
	defer r.change.Unlock()
	all := maps.Clone(*r.aliases.Load())
	maps.DeleteFunc(all, func(at place, a alias) bool {
		configured, ok := r.start[at]
		return AppID(a.bucket) == appID && (!ok || configured.bucket != a.bucket)
	})
	r.aliases.Store(&all)
}

// ResetAliases returns to the aliases of the configuration.
func (r *Resolver) ResetAliases() {
	r.change.Lock()
	defer r.change.Unlock()
	r.aliases.Store(&r.start)
}
