package paste

import (
	"html"
	"strings"

	"github.com/cosemu/cosemu/signer/diagnose"
)

var (
	// flatStart is a StringToSign in other text, followed by the FormatString: the XML without its
	// tags, as a browser shows it or a chat keeps it.
	flatStart = lazily(`(?i)\bsha1\s+([0-9]{9,11};[0-9]{9,11})\s+([0-9a-f]{40})\s+((?:get|put|post|head|delete|options)\s+/)`)
	flatEnd   = lazily(`\s`)
	// flatHeaders is the last line of a FormatString.
	flatHeaders = lazily(`\s((?:[a-z0-9%._-]+=[^\s&]*)(?:&[a-z0-9%._-]+=[^\s&]*)*)\s`)
)

// maxEnds is the most ends of a FormatString to try; maxFlat is the length of the text to search
// for them.
const (
	maxEnds = 200
	maxFlat = 8 << 10
)

// readFlat reads an error without its tags.
func readFlat(r *reader) (bool, error) {
	m := flatStart().FindStringSubmatchIndex(r.text)
	if m == nil {
		return false, nil
	}
	parts := map[string]string{"StringToSign": "sha1\n" + r.text[m[2]:m[3]] + "\n" + r.text[m[4]:m[5]] + "\n"}
	before, rest := r.text[:m[0]], html.UnescapeString(r.text[m[6]:min(len(r.text), m[6]+maxFlat)])
	for _, w := range codeWord().FindAllString(before, maxCalls) {
		if r.codes[w] {
			parts["Code"] = w
			_, message, _ := strings.Cut(before, w)
			parts["Message"] = strings.TrimSpace(strings.Trim(strings.TrimSpace(message), ":-,"))
		}
	}
	if parts["Code"] == "" {
		parts["Code"] = "SignatureDoesNotMatch" // only this code comes with a StringToSign
	}
	var end int
	parts["FormatString"], end = flatFormat(parts, rest)
	words := strings.Fields(rest[end:])
	if len(words) > 0 && strings.Contains(words[0], "/") {
		parts["Resource"] = words[0]
		words = words[1:]
	}
	if len(words) > 0 && requestID().MatchString(words[0]) {
		parts["RequestId"] = words[0]
	}
	return r.refusal(parts), nil
}

// flatFormat finds the FormatString at the beginning of a text: the part whose hash is in
// StringToSign, or else the part that looks like one.
func flatFormat(parts map[string]string, rest string) (text string, end int) {
	try := map[string]string{"Code": parts["Code"], "StringToSign": parts["StringToSign"]}
	ends := flatEnd().FindAllStringIndex(rest, maxEnds)
	ends = append(ends, []int{len(rest), len(rest)})
	for _, e := range ends {
		try["FormatString"] = rest[:e[1]]
		if c, err := diagnose.ParseCloudError([]byte(document(try))); err == nil && c.Belongs {
			return c.FormatString, e[1]
		}
	}
	if m := flatHeaders().FindStringIndex(rest + " "); m != nil {
		end := min(m[1], len(rest))
		return rest[:end], end
	}
	return firstLine(rest), len(firstLine(rest))
}
