package config

import (
	"log/slog"
	"math"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/emulator"
	"github.com/dustin/go-humanize"
)

// hostPort checks an address to listen on.
func hostPort(s string) (string, error) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", lang.Errorf("%q is no host:port, such as 127.0.0.1:9000", "%q 不是 host:port，例如 127.0.0.1:9000", s)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", lang.Errorf("%q: the port %q is no number from 0 to 65535", "%q：端口 %q 不是 0 到 65535 的数字", s, port)
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
		return "", lang.Errorf("%q is no host:port, such as 127.0.0.1:9000", "%q 不是 host:port，例如 127.0.0.1:9000", s)
	}
	return strings.ToLower(host), nil
}

// HTTPS begins the address of a control listener that commands ask over TLS.
const HTTPS = "https://"

// consoleAddress is hostPort, perhaps behind HTTPS.
func consoleAddress(s string) (string, error) {
	rest, secure := strings.CutPrefix(s, HTTPS)
	if !secure {
		return hostPort(s)
	}
	address, err := hostPort(strings.TrimSuffix(rest, "/"))
	return HTTPS + address, err
}

// secret checks a token. Its error does not quote it.
func secret(s string) (string, error) {
	bad := func(r rune) bool { return r <= ' ' || r > '~' }
	if s != "" && (len(s) < 8 || len(s) > 256 || strings.IndexFunc(s, bad) >= 0) {
		return "", lang.Errorf("want 8 to 256 printable characters of ASCII, without blanks", "应为 8 到 256 个可打印的 ASCII 字符，不含空格")
	}
	return s, nil
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
		return "", lang.Errorf("%q is no host name (a name alone: no scheme, no port, no path)", "%q 不是主机名（只写名称，不带协议、端口和路径）", s)
	}
	return strings.ToLower(s), nil
}

func region(s string) (string, error) {
	bad := func(r rune) bool { return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') }
	if s == "" || strings.IndexFunc(s, bad) >= 0 {
		return "", lang.Errorf("%q is no region, such as ap-guangzhou", "%q 不是地域，例如 ap-guangzhou", s)
	}
	return s, nil
}

func bucketName(s string) error {
	if s == "" {
		return lang.Errorf("the bucket's name is missing", "缺少存储桶名称")
	}
	if err := emulator.ValidBucket(s); err != nil {
		return lang.Errorf("bucket %q: %v", "存储桶 %q：%v", s, err)
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
			return ClockStart{}, lang.Errorf("%q is no offset, such as -20m or +8h", "%q 不是偏移量，例如 -20m 或 +8h", s)
		}
		return ClockStart{Offset: d}, nil
	}
	t, err := Instant(s)
	if err != nil {
		return ClockStart{}, lang.Errorf("%q is neither a time (2026-11-24T08:00:00Z, or Unix seconds) nor an offset with its sign (-20m, +8h)", "%q 既不是时间（2026-11-24T08:00:00Z 或 Unix 秒），也不是带正负号的偏移量（-20m、+8h）", s)
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
	return time.Time{}, lang.Errorf("%q is no time: want RFC 3339 (2026-11-24T08:00:00Z) or Unix seconds, from 1970 to 9999", "%q 不是时间：应为 RFC 3339（2026-11-24T08:00:00Z）或 Unix 秒，从 1970 到 9999 年", s)
}

// maxUnix is the first second of the year 10000, which the dates of HTTP and
// RFC 3339 cannot write. Milliseconds given for seconds end up beyond it.
const maxUnix = 253402300800

func verifyMode(s string) (emulator.VerifyMode, error) {
	switch v := emulator.VerifyMode(s); v {
	case emulator.VerifyEnforce, emulator.VerifyReport:
		return v, nil
	}
	return "", neither(s, emulator.VerifyEnforce, emulator.VerifyReport)
}

func corsMode(s string) (emulator.CORSMode, error) {
	switch v := emulator.CORSMode(s); v {
	case emulator.CORSNone, emulator.CORSPermissive:
		return v, nil
	}
	return "", neither(s, emulator.CORSNone, emulator.CORSPermissive)
}

func duration(s string) (time.Duration, error) {
	d, err := emulator.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, lang.Errorf("%q is no duration, such as 30s", "%q 不是时长，例如 30s", s)
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
		return 0, lang.Errorf("%q is no size, such as 64MiB or 2GiB", "%q 不是大小，例如 64MiB 或 2GiB", s)
	}
	if n < minMemory {
		return 0, lang.Errorf("%q is less than 1MiB", "%q 小于 1MiB", s)
	}
	return int64(n), nil
}

// count reads a number from 1 on.
func count(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, lang.Errorf("%q is no number from 1 on", "%q 不是大于 0 的整数", s)
	}
	return n, nil
}

func logFormat(s string) (string, error) {
	if s == LogText || s == LogJSON {
		return s, nil
	}
	return "", neither(s, LogText, LogJSON)
}

func logLevel(s string) (slog.Level, error) {
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
	return 0, lang.Errorf("%q is none of debug, info, warn, error", "%q 不是 debug、info、warn 或 error", s)
}

// neither is the error for a value that is neither of the two allowed.
func neither[T ~string](s string, one, other T) error {
	return lang.Errorf("%q is neither %s nor %s", "%q 既不是 %s 也不是 %s", s, one, other)
}
