// Package paste reads what people paste: a URL, a command, code, a dump of a
// request, the error that an SDK or a browser printed, the body of a refusal;
// with other text around it, in any encoding. It says what the text shows and
// what it does not show; it judges nothing.
package paste

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/signer/diagnose"
)

// Text is what a text shows.
type Text struct {
	// Request is nil when the text shows none.
	Request *Request
	// Cloud is the refusal that the text shows; nil: none.
	Cloud *diagnose.CloudError
	// Findings are what the text itself says is wrong: a browser's complaint,
	// the signature of another service.
	Findings []diagnose.Finding
	// Notes are what could not be read, or not be told for certain.
	Notes []diagnose.Text
	// Forms are the forms that were recognised, in the order of the table.
	Forms []string
}

// Request is a request as a text shows it.
type Request struct {
	// Method is empty when the text does not say it.
	Method string
	URL    string
	Header http.Header
	// Whole tells that Header is all that is sent, but for Own. Otherwise
	// further headers may have been sent.
	Whole bool
	// Own are the names, in lower case, of headers that the client adds by
	// itself and the text does not show.
	Own []string
	// Bare tells that the text shows a URL and nothing else.
	Bare bool
}

// Unseen tells whether a header may have been sent although r does not show it.
func (r *Request) Unseen(name string) bool {
	name = strings.ToLower(name)
	if name == "host" || len(r.Header[http.CanonicalHeaderKey(name)]) > 0 {
		return false
	}
	return !r.Whole || slices.Contains(r.Own, name)
}

// Format says what was found and shows nothing of it: a token may stand in it.
func (t Text) Format(f fmt.State, _ rune) {
	// A fmt.State keeps its own errors.
	_, _ = f.Write([]byte(strings.Join(t.Forms, " and ")))
}

// MaxBytes bounds a text.
const MaxBytes = 512 << 10

// What is wrong with a text. No error repeats any of it.
var (
	ErrEmpty   = errors.New("there is nothing to explain")
	ErrTooLong = fmt.Errorf("the text is longer than %d KiB", MaxBytes>>10)
	ErrNothing = errors.New("the text holds no URL, no curl command and no body of a refusal (<Error>…</Error>), " +
		"nor another form of a request or an error that is known here")
)

// form is a row of the table: a form in which people paste a part.
type form struct {
	name string
	gives
	// read finds the form in what r has left of the text, and takes it out. It
	// tells whether it found it. The error says that it is there and cannot be
	// read.
	read func(r *reader) (bool, error)
}

// gives is what a form is of.
type gives int

const (
	aRefusal gives = iota
	aComplaint
	aRequest
)

// forms lists the forms; of each kind the first that is found counts.
func forms() []form {
	return []form{
		{"xml", aRefusal, readXML},
		{"flat-xml", aRefusal, readFlat},
		{"nserror", aRefusal, readNSError},
		{"error-object", aRefusal, readErrorObject},
		{"sdk-error", aRefusal, readPrinted},
		{"labelled", aRefusal, readLabelled},

		{"cors", aComplaint, readCORS},
		{"json-api", aComplaint, readJSONAPI},
		{"mini-program", aComplaint, readMiniProgram},

		{"har", aRequest, readHAR},
		{"dump", aRequest, readDump},
		{"curl", aRequest, readCurl},
		{"powershell", aRequest, readPowerShell},
		{"fetch", aRequest, readFetch},
		{"axios", aRequest, readAxios},
		{"ajax", aRequest, readAjax},
		{"xhr", aRequest, readXHR},
		{"requests", aRequest, readRequests},
		{"plain", aRequest, readPlain},
		{"object", aRequest, readObject},
		{"devtools", aRequest, readDevTools},
		{"url", aRequest, readURL},
		{"link", aRequest, readLink},
		{"program", aRequest, readCode},
		{"url-in-text", aRequest, readURLInText},

		{"code", aRefusal, readCodeWord},
	}
}

// reader is a text that is being read.
type reader struct {
	text  string // what no form has taken yet
	found *Text
	codes map[string]bool // the error codes that there are
	// What more than one form reads, kept for the text that it was read from.
	callsOf, objectsOf string
	calls              []call
	objects            []value
	resolved           int    // variables that were looked up
	tried              int    // commands that turned out to be none
	transport          string // what the text says of TLS, once it was looked for
}

// Read looks for a request, for a refusal and for complaints, in any order and
// with other text around them. A URL that stands in other text is taken only
// when it is signed.
func Read(text string) (*Text, error) {
	if len(text) > MaxBytes {
		return nil, ErrTooLong
	}
	if text = decode(text); text == "" {
		return nil, ErrEmpty
	}
	if strings.HasPrefix(text, `"{\"`) && strings.HasSuffix(text, `"`) { // JSON in a string of JSON
		text = unescapeString(text[1 : len(text)-1])
	}
	r := &reader{text: text, found: &Text{}, codes: knownCodes()}
	done := map[gives]bool{}
	for _, f := range forms() {
		if done[f.gives] || f.gives == aRequest && r.found.Request != nil {
			continue
		}
		ok, err := f.read(r)
		if err != nil {
			return nil, plainly(err)
		}
		if ok {
			done[f.gives] = true
			r.found.Forms = append(r.found.Forms, f.name)
		}
	}
	if len(done) == 0 {
		return nil, ErrNothing
	}
	r.afterwards(text)
	return r.found, nil
}

// afterwards adds what the text as a whole tells.
func (r *reader) afterwards(text string) {
	if c := r.found.Cloud; c != nil && c.ServerTime.IsZero() {
		if at, ok := serverTime(text); ok {
			c.ServerTime = at
		}
	}
	if q := r.found.Request; q != nil {
		r.awsSignature(q)
	} else if c := r.found.Cloud; c != nil && c.Resource == "" {
		if m := askedURL().FindStringSubmatch(text); m != nil {
			c.Resource = strings.TrimRight(m[1], ".,;:)]}")
		}
	}
}

// askedURL is a URL behind its method, as clients print it; without its query.
var askedURL = lazily(`\b(?:GET|PUT|POST|HEAD|DELETE)\s+https?://([^\s"'<>\x60?]+)`)

// plainly takes the package's name off an error of diagnose.
func plainly(err error) error {
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
