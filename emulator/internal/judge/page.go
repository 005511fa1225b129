package judge

import (
	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/call"
)

// checkPage refuses what a browser sends for a page of another site without
// having asked by CORS (choice 342). A preflight, and what follows one, is for
// the CORS rules to judge.
func (j *Judge) checkPage(c *call.Call) error {
	d := authz.DecidePage(&authz.Page{
		Site: call.First(c.HTTP.Header, "Sec-Fetch-Site"), Mode: call.First(c.HTTP.Header, "Sec-Fetch-Mode"), Method: c.HTTP.Method,
		PostObject: c.Op.Is(call.InForm), AllowedByCORS: func() bool { return letsIn(c) },
	})
	if d.Verdict == authz.Allowed {
		return nil
	}
	c.Deny(&d)
	return d.Error(c.At)
}

// letsIn tells whether a CORS rule allows the page to do what it does.
func letsIn(c *call.Call) bool {
	if c.CORS == nil {
		return false
	}
	_, miss := c.CORS.Actual(call.First(c.HTTP.Header, "Origin"), c.HTTP.Method)
	return miss == nil
}
