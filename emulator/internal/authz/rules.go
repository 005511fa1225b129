package authz

import (
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/bucketcfg"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// DecideSignature holds a signed request against the bucket's strict signature
// rules. It is apart from Decide because COS asks them before it verifies the
// signature (COS docs: 严格签名模式概述).
func DecideSignature(mode Mode, rules *bucketcfg.Strict, signed *bucketcfg.Signed) Decision {
	if rules == nil {
		return Decision{}
	}
	headers, params := rules.Missing(signed)
	if len(headers) == 0 && len(params) == 0 {
		return Decision{}
	}
	return Decision{
		Verdict: mode.OnRefusal(), Reason: ByStrictSignature,
		Strict: &diagnose.StrictRefusal{Headers: headers, Params: params},
	}
}

// Page is what a browser tells about the page that a request comes from.
type Page struct {
	// Site and Mode are the headers Sec-Fetch-Site and Sec-Fetch-Mode. Only a
	// browser sends them, and no page can change them.
	Site, Mode string
	Method     string
	// PostObject means that the request is that call.
	PostObject bool
	// AllowedByCORS reports whether a CORS rule allows the page to send it.
	AllowedByCORS func() bool
}

// DecidePage refuses what a browser sends for a page of another site without
// having asked by CORS: a form that is no POST Object, a link, a frame (choice
// 342). The published key pair is known to every page, so a page must not get
// further here than on COS's own hosts. The mode report does not soften it.
func DecidePage(p *Page) Decision {
	if p.Site != "cross-site" || p.PostObject {
		return Decision{}
	}
	switch p.Mode {
	case "cors":
		if p.Method != http.MethodPost || p.AllowedByCORS() {
			return Decision{}
		}
	case "no-cors": // images, scripts; and fetch, which may POST
		if p.Method == http.MethodGet || p.Method == http.MethodHead {
			return Decision{}
		}
	}
	return Decision{Verdict: Refused, Reason: ByCrossSitePage}
}
