// Package paste finds a request, and the body of its refusal, in what a
// person copied from a terminal, a log or a chat.
package paste

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/cosemu/cosemu/signer/diagnose"
)

// Text is what was found. At least one of its fields is set, and of Curl and
// URL at most one.
type Text struct {
	Curl  *diagnose.Curl
	URL   string
	Cloud *diagnose.CloudError
}

// Format says what was found and shows nothing of it: a token may stand in
// each.
func (t Text) Format(f fmt.State, _ rune) {
	var found []string
	if t.Curl != nil {
		found = append(found, "a curl command")
	}
	if t.URL != "" {
		found = append(found, "a URL")
	}
	if t.Cloud != nil {
		found = append(found, "a body")
	}
	// A fmt.State keeps its own errors.
	_, _ = f.Write([]byte(strings.Join(found, " and ")))
}

// MaxBytes bounds a text.
const MaxBytes = 512 << 10

// What is wrong with a text. No error repeats any of it.
var (
	ErrEmpty   = errors.New("there is nothing to explain")
	ErrTooLong = fmt.Errorf("the text is longer than %d KiB", MaxBytes>>10)
	ErrNothing = errors.New("the text holds no URL, no curl command and no body of a refusal (<Error>…</Error>)")
)

// Read looks for a curl command or a URL, and for the body of a refusal, in
// any order and with other text around them. A URL that stands in other text
// is taken only when it is signed.
func Read(text string) (Text, error) {
	if len(text) > MaxBytes {
		return Text{}, ErrTooLong
	}
	text = strings.TrimSpace(strings.TrimPrefix(text, "\uFEFF"))
	if text == "" {
		return Text{}, ErrEmpty
	}
	var found Text
	// A command or a URL comes first: a body never begins with one.
	if !startsRequest(text) || holdsBody(text) {
		cloud, err := diagnose.ParseCloudError([]byte(text))
		switch {
		case err == nil:
			found.Cloud = cloud
			text = aroundBody(text)
		case !errors.Is(err, diagnose.ErrNoCloudError):
			return Text{}, plainly(err)
		}
	}
	if err := found.request(text); err != nil {
		return Text{}, err
	}
	if found.Curl == nil && found.URL == "" && found.Cloud == nil {
		return Text{}, ErrNothing
	}
	return found, nil
}

// plainly takes the package's name off an error of diagnose.
func plainly(err error) error {
	return errors.New(strings.TrimPrefix(err.Error(), "diagnose: "))
}

func startsRequest(text string) bool {
	return curlLine.MatchString(firstLine(text)) || urlStart.MatchString(text)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// holdsBody tells whether a text that begins with a request goes on with a
// body. Its marks are no part of a URL.
func holdsBody(text string) bool {
	_, _, ok := bodyRange(text)
	return ok
}

var (
	// curlLine is a line that calls curl, behind a prompt perhaps, or behind
	// variables that are set for it. What it captures is the command.
	curlLine = regexp.MustCompile(`^\s*(?:[^'"<]{0,80}?[$#>%❯]\s+|[$#>%❯])?((?:\w+=\S+\s+)*(?:[^\s'"=]*[/\\])?curl(?:\.exe)?(?:\s.*)?)$`)
	urlStart = regexp.MustCompile(`^["'<(\x60]?https?://`)
	anyURL   = regexp.MustCompile(`https?://[^\s"'<>\x60]+`)
	// bodyStart and bodyEnd are the marks of a body, plain, or escaped as HTML
	// or JSON.
	bodyStart = regexp.MustCompile(`(?:<|&(?:amp;)*lt;|\\u003[cC])(?:\?xml|Error|Code|StringToSign|FormatString)\b`)
	bodyEnd   = regexp.MustCompile(`(?:<|&(?:amp;)*lt;|\\u003[cC])/(?:Error|TraceId|FormatString)(?:>|&(?:amp;)*gt;|\\u003[eE])`)
)

// bodyRange is where a body stands.
func bodyRange(text string) (start, end int, ok bool) {
	first := bodyStart.FindStringIndex(text)
	if first == nil {
		return 0, 0, false
	}
	end = len(text)
	if ends := bodyEnd.FindAllStringIndex(text, -1); len(ends) > 0 {
		end = max(first[1], ends[len(ends)-1][1])
	}
	return first[0], end, true
}

// aroundBody is the text without the body.
func aroundBody(text string) string {
	start, end, ok := bodyRange(text)
	if !ok {
		return ""
	}
	return text[:start] + "\n" + text[end:]
}

// request looks for the request.
func (t *Text) request(text string) error {
	text = strings.TrimSpace(text)
	for at := 0; at < len(text); {
		line := firstLine(text[at:])
		if m := curlLine.FindStringSubmatchIndex(line); m != nil {
			c, err := diagnose.ParseCurl(text[at+m[2]:])
			if err != nil {
				return fmt.Errorf("the curl command: %w", plainly(err))
			}
			t.Curl = c
			return nil
		}
		at += len(line) + 1
	}
	if urlStart.MatchString(text) {
		t.URL = wholeURL(text)
		return nil
	}
	if bare := strings.Trim(text, "\"'` "); looksSigned(bare) && !strings.ContainsAny(bare, " \n") && !strings.Contains(bare, "://") {
		t.URL = "http://" + bare // copied without its scheme, which nobody signs
		return nil
	}
	for _, u := range anyURL.FindAllString(text, -1) {
		if looksSigned(u) {
			t.URL = strings.TrimRight(u, ".,;:)]}")
			return nil
		}
	}
	return nil
}

// wholeURL is a text that is a URL and nothing else: in quotes perhaps, broken
// into lines by a mail or a terminal, with raw blanks in it.
func wholeURL(text string) string {
	switch text[0] {
	case '"', '\'', '`', '<', '(':
		closing := text[0]
		switch closing {
		case '<':
			closing = '>'
		case '(':
			closing = ')'
		}
		text = text[1:]
		if i := strings.IndexByte(text, closing); i >= 0 {
			text = text[:i]
		}
	}
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		if b.Len() > 0 && (line == "" || urlStart.MatchString(line)) {
			break // something else follows
		}
		b.WriteString(line)
	}
	return b.String()
}

func looksSigned(u string) bool {
	return strings.Contains(u, "q-ak=") || strings.Contains(u, "q-signature=") || strings.Contains(u, "sign=") ||
		strings.Contains(u, "q-sign-algorithm=")
}
