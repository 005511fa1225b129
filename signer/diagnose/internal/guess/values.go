// Package guess gives the texts that a client may have signed in place of the one
// that arrived.
package guess

import (
	"encoding/base64"
	"encoding/hex"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/cosemu/cosemu/signer"
)

// maxGaps is how many gaps of a value are doubled in every combination.
const maxGaps = 5

// Blanks are a value with blanks around it and with some of its gaps doubled:
// HTTP libraries and proxies make one blank of several, and trim.
func Blanks(v string) []string {
	list := []string{v + " ", " " + v, " " + v + " ", v + "\t"}
	var gaps []int
	for i := range len(v) {
		if v[i] == ' ' {
			gaps = append(gaps, i)
		}
	}
	if len(gaps) == 0 {
		return list
	}
	list = append(list, strings.ReplaceAll(v, " ", "  "), strings.ReplaceAll(v, " ", "\t"), strings.ReplaceAll(v, " ", "   "))
	if len(gaps) > maxGaps {
		for _, at := range gaps[:min(len(gaps), 4*maxGaps)] {
			list = append(list, v[:at]+" "+v[at:])
		}
		return list
	}
	for some := 1; some < 1<<len(gaps)-1; some++ {
		var b strings.Builder
		from := 0
		for i, at := range gaps {
			if some&(1<<i) != 0 {
				b.WriteString(v[from:at])
				b.WriteByte(' ')
				from = at
			}
		}
		b.WriteString(v[from:])
		list = append(list, b.String())
	}
	return list
}

// Charsets are the ways in which a charset is put behind a media type, or left
// out.
func Charsets(v string) []string {
	base := strings.TrimSpace(MediaType(v))
	return []string{
		base, base + "; charset=utf-8", base + ";charset=UTF-8", base + "; charset=UTF-8", base + ";charset=utf-8",
		base + "; charset=ISO-8859-1", base + "; charset=iso-8859-1",
	}
}

// MediaType is a Content-Type without its parameters.
func MediaType(v string) string {
	base, _, _ := strings.Cut(v, ";")
	return base
}

// OtherMD5 are other spellings of a Content-MD5: hex for base64, base64 for hex, and
// base64 of the hex text.
func OtherMD5(v string) []string {
	if b, err := hex.DecodeString(v); err == nil && len(b) == 16 {
		return []string{base64.StdEncoding.EncodeToString(b), base64.StdEncoding.EncodeToString([]byte(v))}
	}
	if b, err := base64.StdEncoding.DecodeString(v); err == nil {
		if len(b) == 32 { // base64 of the hex text
			return append(OtherMD5(string(b)), string(b))
		}
		text := hex.EncodeToString(b)
		return []string{text, base64.StdEncoding.EncodeToString([]byte(text))}
	}
	return nil
}

// Latin1 is v as a program sees it that takes its UTF-8 for Latin-1.
func Latin1(v string) string {
	r := make([]rune, len(v))
	for i := range len(v) {
		r[i] = rune(v[i])
	}
	return string(r)
}

// FromLatin1 is the reverse of Latin1; v itself where that is impossible.
func FromLatin1(v string) string {
	b := make([]byte, 0, len(v))
	for _, r := range v {
		if r > 0xff {
			return v
		}
		b = append(b, byte(r))
	}
	return string(b)
}

// IsASCII reports whether a text is ASCII.
func IsASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// EncodeURI is JavaScript's: reserved characters stay.
func EncodeURI(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; strings.IndexByte(";,/?:@&=+$!'()*#", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteString(signer.Encode(s[i : i+1]))
		}
	}
	return b.String()
}

// UsualValues are those that clients, browsers and proxies put into a header by
// themselves, or that a user chooses among.
func UsualValues(header string) []string {
	switch header {
	case "content-type":
		return usualTypes()
	case "accept":
		return []string{"*/*", "application/json, text/plain, */*", "application/json"}
	case "accept-encoding":
		return []string{"gzip", "gzip, deflate", "gzip, deflate, br", "gzip, deflate, br, zstd", "identity", "gzip,deflate"}
	case "cache-control":
		return []string{"no-cache", "max-age=0", "no-store", "public", "private", "max-age=31536000", "max-age=86400", "max-age=3600"}
	case "connection":
		return []string{"keep-alive", "Keep-Alive", "close"}
	case "content-disposition":
		return []string{"attachment", "inline"}
	case "content-encoding":
		return []string{"gzip", "br", "utf-8"}
	case "content-length":
		return []string{"0"}
	case "content-md5":
		return []string{"1B2M2Y8AsgTpgAmY7PhCfg=="} // of an empty body
	case "transfer-encoding":
		return []string{"chunked"}
	case "x-cos-acl":
		return []string{"private", "public-read", "public-read-write", "authenticated-read", "default", "bucket-owner-read", "bucket-owner-full-control"}
	case "x-cos-storage-class":
		return []string{"STANDARD", "STANDARD_IA", "ARCHIVE", "DEEP_ARCHIVE", "INTELLIGENT_TIERING", "MAZ_STANDARD", "MAZ_STANDARD_IA"}
	}
	return nil
}

// usualTypes are the Content-Types that uploads carry, first those that HTTP
// clients add by themselves.
func usualTypes() []string {
	return []string{
		"application/octet-stream", "application/x-www-form-urlencoded", "application/json", "text/plain",
		"text/plain;charset=UTF-8", "text/plain; charset=utf-8", "application/json; charset=utf-8", "application/json;charset=UTF-8",
		"multipart/form-data", "binary/octet-stream", "application/x-www-form-urlencoded; charset=UTF-8",
		"image/jpeg", "image/jpg", "image/png", "image/gif", "image/webp", "image/svg+xml", "image/bmp", "image/heic", "image/*",
		"video/mp4", "video/quicktime", "video/webm", "video/x-msvideo", "video/mpeg", "video/*",
		"audio/mpeg", "audio/mp3", "audio/wav", "audio/aac", "audio/mp4", "audio/ogg", "audio/amr",
		"text/html", "text/html; charset=utf-8", "text/css", "text/css; charset=utf-8", "text/csv", "text/xml", "text/markdown",
		"text/javascript", "text/javascript; charset=utf-8", "application/javascript",
		"application/xml", "application/xml; charset=utf-8", "application/pdf", "application/zip", "application/x-zip-compressed",
		"application/gzip", "application/x-gzip", "application/x-tar", "application/vnd.android.package-archive",
		"application/msword", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		"application/vnd.ms-excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		"application/vnd.openxmlformats-officedocument.presentationml.presentation", "application/wasm", "font/woff2",
	}
}

// TypeOf is the Content-Type that a client would tell from a key's extension.
// It does not ask the system, so that an answer is the same everywhere.
func TypeOf(rawPath string) string {
	switch strings.ToLower(path.Ext(rawPath)) {
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".png":
		return "image/png"
	case ".gif":
		return "image/gif"
	case ".mp4":
		return "video/mp4"
	case ".mp3":
		return "audio/mpeg"
	case ".txt", ".log":
		return "text/plain"
	case ".html":
		return "text/html"
	case ".json":
		return "application/json"
	case ".pdf":
		return "application/pdf"
	case ".zip":
		return "application/zip"
	}
	return "application/octet-stream"
}
