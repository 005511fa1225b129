package bucketcfg

import (
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// maxDomains is how many entries a referer list may have (COS docs: 控制台指南
// 设置防盗链).
const maxDomains = 30

// Referer is a bucket's list of pages that may link to it, or may not.
type Referer struct {
	Enabled bool
	// White means that the list names pages that may; else those that may not.
	White bool
	// Domains are prefixes of referers without the scheme. A * stands for any text
	// without a slash.
	Domains []string
	// AllowEmpty allows requests without a Referer.
	AllowEmpty bool
}

// ParseReferer reads a referer configuration (COS docs: PUT Bucket referer).
func ParseReferer(doc []byte) (*Referer, *coserr.Error) {
	n, err := read(doc, &shape{name: "RefererConfiguration", kids: []shape{
		one("Status", oneOf("Enabled", "Disabled")),
		one("RefererType", oneOf("Black-List", "White-List")),
		some(1, 1, "DomainList", shape{name: "Domain", min: 1, max: maxDomains, text: filled}),
		option("EmptyReferConfiguration", oneOf("Allow", "Deny", "")),
		option("VerifySignatureURL", nil), // sent by cos-go-sdk-v5, on no page: not acted upon
	}})
	if err != nil {
		return nil, err
	}
	return &Referer{
		Enabled:    n.kid("Status") == "Enabled",
		White:      n.kid("RefererType") == "White-List",
		Domains:    n.all("DomainList"),
		AllowEmpty: n.kid("EmptyReferConfiguration") == "Allow",
	}, nil
}

// Allows reports whether the list allows an anonymous request with this Referer
// header; "": none. A nil *Referer allows everything.
func (r *Referer) Allows(referer string) bool {
	if r == nil || !r.Enabled {
		return true
	}
	if referer = withoutScheme(referer); referer == "" {
		return r.AllowEmpty
	}
	for _, d := range r.Domains {
		if begins(referer, withoutScheme(d)) {
			return r.White
		}
	}
	return !r.White
}

func withoutScheme(s string) string {
	if _, rest, ok := strings.Cut(s, "://"); ok {
		return rest
	}
	return s
}

// begins reports whether the pattern is a prefix of s. A * stands for any text
// without a slash. The first match of what follows a star is enough, since anything
// may follow a prefix.
func begins(s, pattern string) bool {
	for {
		fixed, rest, star := strings.Cut(pattern, "*")
		if !strings.HasPrefix(s, fixed) {
			return false
		}
		if !star {
			return true
		}
		s = s[len(fixed):]
		next, _, _ := strings.Cut(rest, "*")
		at := strings.Index(s, next)
		if at < 0 || strings.Contains(s[:at], "/") {
			return false
		}
		s, pattern = s[at:], rest
	}
}
