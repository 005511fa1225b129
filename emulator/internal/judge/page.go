package judge

import (
	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/call"
)

// checkPage has package authz decide about what a browser sends for a page of
// another site (choice 342). A preflight and its request are judged by the CORS
// rules.
func (j *Judge) checkPage(c *call.Call) error {
	d := authz.DecidePage(&authz.Page{
		Site: call.First(c.HTTP.Header, "Sec-Fetch-Site"), Mode: call.First(c.HTTP.Header, "Sec-Fetch-Mode"), Method: c.HTTP.Method,
		PostObject: c.Op.Is(call.InForm), AllowedByCORS: func() bool { return corsAllows(c) },
	})
	if d.Verdict == authz.Allowed {
		return nil
	}
	c.Deny(&d)
	return d.Error(c.At)
}

// corsAllows reports whether a CORS rule allows the page's request.
func corsAllows(c *call.Call) bool {
	if c.CORS == nil {
		return false
	}
	_, miss := c.CORS.Actual(call.First(c.HTTP.Header, "Origin"), c.HTTP.Method)
	return miss == nil
}
