package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator"
	"github.com/dustin/go-humanize"
)

// Short names for the types that table.go speaks of.
type (
	verify = emulator.VerifyMode
	span   = time.Duration
	level  = slog.Level
)

func anyText(s string) (string, error) { return s, nil }

// hostPort checks an address to listen on.
func hostPort(s string) (string, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", fmt.Errorf("%q is no host:port, such as 127.0.0.1:9000", s)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", fmt.Errorf("%q: the port %q is no number from 0 to 65535", s, port)
	} else if port = strconv.FormatUint(n, 10); host != "" {
		if _, err := hostName(host); err != nil {
			return "", err
		}
	}
	return net.JoinHostPort(host, port), nil
}

// noneOrHostPort is hostPort for a port that need not be.
func noneOrHostPort(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	return hostPort(s)
}

// aliasHost reads a host, or a host and a port that a client can ask for.
func aliasHost(s string) (string, error) {
	if host, err := hostName(s); err == nil || !strings.Contains(s, ":") {
		return host, err
	}
	host, err := hostPort(s)
	if err != nil {
		return "", err
	}
	if name, port, _ := net.SplitHostPort(host); name == "" || port == "0" {
		return "", fmt.Errorf("%q is no host:port, such as 127.0.0.1:9000", s)
	}
	return strings.ToLower(host), nil
}

// hostName checks a name or an address without port, and returns it in lower
// case.
func hostName(s string) (string, error) {
	if _, err := netip.ParseAddr(s); err == nil {
		return strings.ToLower(s), nil
	}
	bad := func(r rune) bool {
		return r != '-' && r != '.' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}
	if s == "" || len(s) > 253 || strings.IndexFunc(s, bad) >= 0 {
		return "", fmt.Errorf("%q is no host name (a name alone: no scheme, no port, no path)", s)
	}
	return strings.ToLower(s), nil
}

func region(s string) (string, error) {
	bad := func(r rune) bool { return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') }
	if s == "" || strings.IndexFunc(s, bad) >= 0 {
		return "", fmt.Errorf("%q is no region, such as ap-guangzhou", s)
	}
	return s, nil
}

func bucketName(s string) error {
	if s == "" {
		return errors.New("the bucket's name is missing")
	}
	if err := emulator.ValidBucket(s); err != nil {
		return fmt.Errorf("bucket %q: %w", s, err)
	}
	return nil
}

// clockStart reads the clock setting: nothing, a time, or an offset with sign.
func clockStart(s string) (ClockStart, error) {
	switch {
	case s == "":
		return ClockStart{}, nil
	case s[0] == '+' || s[0] == '-':
		d, err := emulator.ParseDuration(s)
		if err != nil {
			return ClockStart{}, fmt.Errorf("%q is no offset, such as -20m or +8h", s)
		}
		return ClockStart{Offset: d}, nil
	}
	t, err := Instant(s)
	if err != nil {
		return ClockStart{}, fmt.Errorf("%q is neither a time (2026-11-24T08:00:00Z, or Unix seconds) nor an offset with its sign (-20m, +8h)", s)
	}
	return ClockStart{Frozen: t}, nil
}

// Instant reads a time: RFC 3339, or Unix seconds.
func Instant(s string) (time.Time, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 && n < maxUnix {
		return time.Unix(n, 0).UTC(), nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err == nil && t.Unix() >= 0 && t.Unix() < maxUnix {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%q is no time: want RFC 3339 (2026-11-24T08:00:00Z) or Unix seconds, from 1970 to 9999", s)
}

// maxUnix is the first second of the year 10000, which the dates of HTTP and
// RFC 3339 cannot write. Milliseconds given for seconds end up beyond it.
const maxUnix = 253402300800

func verifyMode(s string) (verify, error) {
	switch v := verify(s); v {
	case emulator.VerifyEnforce, emulator.VerifyReport:
		return v, nil
	}
	return "", fmt.Errorf("%q is neither %s nor %s", s, emulator.VerifyEnforce, emulator.VerifyReport)
}

func corsMode(s string) (emulator.CORSMode, error) {
	switch v := emulator.CORSMode(s); v {
	case emulator.CORSNone, emulator.CORSPermissive:
		return v, nil
	}
	return "", fmt.Errorf("%q is neither %s nor %s", s, emulator.CORSNone, emulator.CORSPermissive)
}

func duration(s string) (span, error) {
	d, err := emulator.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no duration, such as 30s", s)
	}
	return d, nil
}

// minMemory is the least max_memory, in bytes: less has no room for a part.
const minMemory = 1 << 20

// size reads a number of bytes, such as 64MiB; nothing is 0.
func size(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := humanize.ParseBytes(s)
	if err != nil || n > math.MaxInt64 {
		return 0, fmt.Errorf("%q is no size, such as 64MiB or 2GiB", s)
	}
	if n < minMemory {
		return 0, fmt.Errorf("%q is less than 1MiB", s)
	}
	return int64(n), nil
}

func logFormat(s string) (string, error) {
	if s == LogText || s == LogJSON {
		return s, nil
	}
	return "", fmt.Errorf("%q is neither %s nor %s", s, LogText, LogJSON)
}

func logLevel(s string) (level, error) {
	switch s {
	case "debug":
		return slog.LevelDebug, nil
	case "info":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, fmt.Errorf("%q is none of debug, info, warn, error", s)
}

func judgeBucket(at path, b bucketEntry) []finding {
	var found []finding
	if err := bucketName(string(b.Name)); err != nil {
		found = append(found, finding{at.with("name"), err.Error()})
	}
	if b.Region != "" {
		if _, err := region(string(b.Region)); err != nil {
			found = append(found, finding{at.with("region"), err.Error()})
		}
	}
	switch b.ACL {
	case "", emulator.ACLPrivate, emulator.ACLPublicRead, emulator.ACLPublicReadWrite, emulator.ACLAuthenticatedRead:
	default:
		found = append(found, finding{at.with("acl"), fmt.Sprintf("%q is none of %s, %s, %s, %s", b.ACL,
			emulator.ACLPrivate, emulator.ACLPublicRead, emulator.ACLPublicReadWrite, emulator.ACLAuthenticatedRead)})
	}
	if b.CORS != "" {
		if _, err := corsMode(string(b.CORS)); err != nil {
			found = append(found, finding{at.with("cors"), err.Error()})
		}
	}
	return found
}

func (b bucketEntry) config() emulator.BucketConfig {
	return emulator.BucketConfig{Name: string(b.Name), Region: string(b.Region), ACL: string(b.ACL), CORS: emulator.CORSMode(b.CORS), MAZ: b.MAZ}
}

func judgeCredential(at path, c credentialEntry) []finding {
	var found []finding
	if c.SecretID == "" {
		found = append(found, finding{at.with("secret_id"), "the key id is missing"})
	}
	if c.SecretKey == "" {
		found = append(found, finding{at.with("secret_key"), "the secret is missing"})
	}
	if strings.IndexFunc(string(c.AppID), func(r rune) bool { return r < '0' || r > '9' }) >= 0 {
		found = append(found, finding{at.with("appid"), fmt.Sprintf("%q is no APPID, such as %s", c.AppID, DefaultAppID)})
	}
	if c.Expires != "" {
		switch _, err := Instant(string(c.Expires)); {
		case err != nil:
			found = append(found, finding{at.with("expires"), err.Error()})
		case c.Token == "":
			found = append(found, finding{at.with("expires"), "only temporary keys expire, and those have a token"})
		}
	}
	for name, t := range map[string]text{"uin": c.UIN, "owner_uin": c.OwnerUIN} {
		if t != "" && number(t) != nil {
			found = append(found, finding{at.with(name), number(t).Error()})
		}
	}
	found = append(found, judgePolicy(at, c.Policy)...)
	if len(found) > 0 {
		return found
	}
	if err := emulator.ValidKey(c.key()); err != nil { // it names no secret
		found = append(found, finding{at, err.Error()})
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
