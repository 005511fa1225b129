package addr

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/signer"
)

// place is where an alias stands: a host name in lower case, and a port or "".
type place struct{ name, port string }

// alias is the bucket that a place stands for.
type alias struct {
	bucket string
	// address: the place is an address of this server, no custom domain.
	address bool
}

// aliases are all of them, by their place.
type aliases map[place]alias

func newAliases(configured map[string]string) (aliases, error) {
	all := make(aliases, len(configured))
	for host, bucket := range configured {
		at, err := readPlace(host)
		if err != nil {
			return nil, fmt.Errorf("alias %q %w", host, err)
		}
		if err := ValidBucket(bucket); err != nil {
			return nil, fmt.Errorf("alias %q: bucket %q: %w", host, bucket, err)
		}
		if other, twice := all[at]; twice && other.bucket != bucket {
			return nil, fmt.Errorf("alias %q stands for two buckets", host)
		}
		all[at] = alias{bucket: bucket, address: at.isAddress()}
	}
	return all, nil
}

// readPlace reads "host" or "host:port".
func readPlace(host string) (place, error) {
	at := place{name: HostName(host), port: portOf(host)}
	if !isHost(host) || at.name == "" {
		return at, errors.New("is not a host name")
	}
	if at.port != "" {
		n, err := strconv.ParseUint(at.port, 10, 16)
		if err != nil || n == 0 {
			return at, errors.New("has no port from 1 to 65535")
		}
		at.port = strconv.FormatUint(n, 10)
	}
	return at, nil
}

// isAddress tells an address of this server from a custom domain.
func (p place) isAddress() bool {
	return p.port != "" || p.name == "localhost" || net.ParseIP(p.name) != nil
}

// find is the alias for a Host header: that of the host and port before that of
// the host alone. A header without a port is answered by the aliases of all
// ports where these stand for one bucket: something on the way may have taken
// the port away.
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

// portOf is the port of a Host header, "" without one.
func portOf(host string) string {
	i := strings.LastIndexByte(host, ':')
	if i < 0 || strings.HasPrefix(host, "[") && host[i-1] != ']' ||
		!strings.HasPrefix(host, "[") && strings.IndexByte(host, ':') != i {
		return ""
	}
	return host[i+1:]
}

// beginsWithBucket tells whether the first segment of a path is a bucket's
// name: of one that there is, or of one that this account or another one that
// has key pairs could have. A bucket that was removed, or is still to be made,
// has no other meaning: else whoever made it would get what older URLs upload
// (choice 310).
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

// NamesBucket tells whether a host has a bucket in its name, or is a custom
// domain. An address of this server that stands for a bucket has none: what no
// call of COS looks like can be asked of other services there.
func (r *Resolver) NamesBucket(host string) bool {
	if a, ok := r.aliases.find(HostName(host), host); ok {
		return !a.address
	}
	return r.Resolve(host, "/").Bucket != ""
}

// SameMeaning tells whether a request at host and path, read in another way,
// is about the same bucket and key as it is when read plainly. A signature that
// holds by that other reading was made for what that reading says, and must
// not serve for anything else.
//
// A path that was signed without a bucket means the bucket that the address
// stands for; where it stands for none, the one that only says is the signer's
// only one (choice 301).
func (r *Resolver) SameMeaning(host, path string, how signer.Reading, only func(bucket string) bool) bool {
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
	return asSent.Bucket == is.Bucket && asSent.Key == is.Key && only(is.Bucket)
}

// AliasFor is the alias, "host=bucket", with which a path-style request could
// also have been signed without its bucket; empty where there is none: what
// follows the bucket could be a bucket itself, or the host is one of the cloud's.
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

// CanAlias tells whether an alias could make a host stand for a bucket without
// it being a custom domain: an address of this server, and none of the cloud's.
func (r *Resolver) CanAlias(host string) bool {
	for _, c := range []byte(host) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && strings.IndexByte(".-_:[]", c) < 0 {
			return false
		}
	}
	at, err := readPlace(host)
	return err == nil && at.isAddress() && !IsCloudHost(host)
}
