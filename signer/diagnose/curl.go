package diagnose

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose/internal/curl"
)

// Curl is a request as a curl command line describes it.
type Curl struct {
	Method, URL string
	// Header is what curl sends, with the Content-Type that it adds by itself
	// to --data, --json and --form. What curl knows only when it runs is not
	// in it: Content-Length, User-Agent, a form's boundary.
	Header http.Header
	// Upload is the file of -T, Data whether there is a body of --data, --json
	// or --form.
	Upload string
	Data   bool
}

// Request is the request for signer and [Explain].
func (c *Curl) Request() (*signer.Request, error) {
	return signer.NewRequest(c.Method, c.URL, c.Header)
}

// Format shows method and URL without its query, where a token may stand.
func (c Curl) Format(f fmt.State, _ rune) {
	u, _, _ := strings.Cut(c.URL, "?")
	// A fmt.State keeps its own errors.
	_, _ = f.Write([]byte(c.Method + " " + u))
}

// ParseCurl reads a curl command line as it would be typed or pasted into a
// shell: quotes, line continuations (of bash, cmd.exe and PowerShell), short
// options run together. Options that do not change what is signed are passed
// over. Errors show no part of the command but option names.
func ParseCurl(command string) (*Curl, error) {
	c, err := curl.Parse(command)
	if err != nil {
		return nil, err
	}
	return (*Curl)(c), nil
}
