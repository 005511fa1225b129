// Package paste reads pasted text: a URL, a command, code, a dump of a request, an error that an
// SDK or a browser printed, or error XML, with other text around it and in any encoding. It finds
// out what the text shows and what it does not show. It judges nothing.
package paste

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/bilingual"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// Text is the content of a pasted text.
type Text struct {
	// Request is the request in the text, or nil.
	Request *Request
	// Cloud is the error of COS in the text, or nil.
	Cloud *diagnose.CloudError
	// Findings are problems that the text itself shows: a browser's complaint, the signature of
	// another service.
	Findings []diagnose.Finding
	// Notes are what could not be read, or is not certain.
	Notes []diagnose.Text
	// Forms are the recognised forms, in the order of forms.
	Forms []string
}

// Request is a request in a text.
type Request struct {
	// Method is empty where the text does not show it.
	Method string
	URL    string
	Header http.Header
	// Whole reports that Header has all headers, apart from Own. Otherwise there may have been
	// more.
	Whole bool
	// Own are the names, in lower case, of headers that the client adds without showing them.
	Own []string
	// Bare reports that the text is a URL only.
	Bare bool
}

// MayHaveSent reports whether a header may have been sent although r does not have it.
func (r *Request) MayHaveSent(name string) bool {
	name = strings.ToLower(name)
	if name == "host" || len(r.Header[http.CanonicalHeaderKey(name)]) > 0 {
		return false
	}
	return !r.Whole || slices.Contains(r.Own, name)
}

// Format prints the recognised forms only, since the content may have a token.
func (t Text) Format(f fmt.State, _ rune) {
	// A fmt.State keeps its own errors.
	_, _ = f.Write([]byte(strings.Join(t.Forms, " and ")))
}

// MaxBytes is the longest text, in bytes.
const MaxBytes = 512 << 10

// Errors of Read. They do not quote the text.
var (
	ErrEmpty   = bilingual.Errorf("there is nothing to explain", "没有可以解释的内容")
	ErrTooLong = bilingual.Errorf("the text is longer than %d KiB", "内容超过 %d KiB", MaxBytes>>10)
	ErrNothing = bilingual.Errorf("the text has no URL, no curl command, no error XML (<Error>…</Error>), and no other known form of a request or error",
		"内容里没有 URL、curl 命令、错误 XML（<Error>…</Error>），也没有其他已知形式的请求或报错")
)

// form is a form in which people paste a part.
type form struct {
	name string
	partKind
	// read finds the form in the rest of the text and removes it. It returns whether it found the
	// form. An error means that the form is there but cannot be read.
	read func(r *reader) (bool, error)
}

// partKind is the kind of part that a form has.
type partKind int

const (
	refusalPart partKind = iota
	complaintPart
	requestPart
)

// forms returns all forms. The first one that is found counts for each kind.
func forms() []form {
	return []form{
		{"xml", refusalPart, readXML},
		{"flat-xml", refusalPart, readFlat},
		{"nserror", refusalPart, readNSError},
		{"error-object", refusalPart, readErrorObject},
		{"sdk-error", refusalPart, readPrinted},
		{"labelled", refusalPart, readLabelled},

		{"cors", complaintPart, readCORS},
		{"json-api", complaintPart, readJSONAPI},
		{"mini-program", complaintPart, readMiniProgram},

		{"har", requestPart, readHAR},
		{"dump", requestPart, readDump},
		{"curl", requestPart, readCurl},
		{"powershell", requestPart, readPowerShell},
		{"fetch", requestPart, readFetch},
		{"axios", requestPart, readAxios},
		{"ajax", requestPart, readAjax},
		{"xhr", requestPart, readXHR},
		{"requests", requestPart, readRequests},
		{"plain", requestPart, readPlain},
		{"object", requestPart, readObject},
		{"devtools", requestPart, readDevTools},
		{"url", requestPart, readURL},
		{"link", requestPart, readLink},
		{"program", requestPart, readCode},
		{"url-in-text", requestPart, readURLInText},

		{"code", refusalPart, readCodeWord},
	}
}

// reader reads a text.
type reader struct {
	text  string // the rest, which no form has used
	found *Text
	codes map[string]bool // the known error codes
	// Results that several forms use, with the text that they belong to.
	callsOf, objectsOf string
	calls              []call
	objects            []value
	resolved           int    // number of variables that were looked up
	tried              int    // number of candidates that were not commands
	transport          string // http or https, once it was looked for
}

// Read finds a request, an error and complaints in a text, in any order and with other text around
// them. It takes a URL within other text only if it is signed.
func Read(text string) (*Text, error) {
	if len(text) > MaxBytes {
		return nil, ErrTooLong
	}
	if text = decode(text); text == "" {
		return nil, ErrEmpty
	}
	if strings.HasPrefix(text, `"{\"`) && strings.HasSuffix(text, `"`) { // JSON in a JSON string
		text = unescapeString(text[1 : len(text)-1])
	}
	r := &reader{text: text, found: &Text{}, codes: knownCodes()}
	done := map[partKind]bool{}
	for _, f := range forms() {
		if done[f.partKind] || f.partKind == requestPart && r.found.Request != nil {
			continue
		}
		ok, err := f.read(r)
		if err != nil {
			return nil, withoutPackageName(err)
		}
		if ok {
			done[f.partKind] = true
			r.found.Forms = append(r.found.Forms, f.name)
		}
	}
	if len(done) == 0 {
		return nil, ErrNothing
	}
	r.addContext(text)
	return r.found, nil
}

// addContext adds what the whole text shows.
func (r *reader) addContext(text string) {
	if c := r.found.Cloud; c != nil && c.ServerTime.IsZero() {
		if at, ok := serverTime(text); ok {
			c.ServerTime = at
		}
	}
	if c := r.found.Cloud; r.found.Request == nil && c != nil && c.Resource == "" {
		if m := askedURL().FindStringSubmatch(text); m != nil {
			c.Resource = strings.TrimRight(m[1], ".,;:)]}")
		}
	}
}

// askedURL is a URL after its method, as clients print it, without its query.
var askedURL = lazily(`\b(?:GET|PUT|POST|HEAD|DELETE)\s+https?://([^\s"'<>\x60?]+)`)

// withoutPackageName removes the package name from an error of diagnose.
func withoutPackageName(err error) error {
	return errors.New(strings.ReplaceAll(err.Error(), "diagnose: ", ""))
}

func (r *reader) note(en, zh string) {
	n := diagnose.Text{En: en, Zh: zh}
	if !slices.Contains(r.found.Notes, n) {
		r.found.Notes = append(r.found.Notes, n)
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
