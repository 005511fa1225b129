package diagnose

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"regexp"
	"strings"
	"time"

	"github.com/cosemu/cosemu/signer"
)

// CloudError is the error body with which the cloud, or the emulator, refused a
// request.
type CloudError struct {
	Code, Message string
	// Resource is what was asked for, RequestID and TraceID say which request
	// it was.
	Resource, RequestID, TraceID string
	// ServerTime is the cloud's clock, where the body tells it.
	ServerTime time.Time
	// StringToSign and FormatString are what the cloud signed, repaired if copying
	// had changed them. Empty: the body has none.
	StringToSign, FormatString string
	// Family is that of the signature: of S3 where the body has the texts of one.
	// FormatString is the canonical request then, which AWS2 has none of.
	Family signer.Family
	// SecretID and Signature are those of the request, where the body of an S3 error
	// says them.
	SecretID, Signature string
	// Belongs reports whether StringToSign holds the hash of FormatString.
	Belongs bool
	// Mended reports whether FormatString had to be repaired for that.
	Mended bool

	signTime, hash string
	format         format
}

// format is a FormatString taken apart.
type format struct {
	method, path    string
	params, headers []signer.Pair
}

var (
	wordWhole = Text{
		En: "The body is whole: StringToSign holds the SHA-1 of FormatString.",
		Zh: "响应内容完整：StringToSign 里正是 FormatString 的 SHA-1。",
	}
	wordMended = Text{
		En: "Copying had changed FormatString; it was mended, and its SHA-1 is the one in StringToSign.",
		Zh: "FormatString 在复制时变了样；已经复原，SHA-1 与 StringToSign 里的一致。",
	}
	wordNoHash = Text{
		En: "There is no StringToSign to check FormatString with.",
		Zh: "没有 StringToSign，无法核对 FormatString。",
	}
	wordChanged = Text{
		En: "The SHA-1 in StringToSign is not that of FormatString: the body was changed when it was copied, or comes from two answers. What is said here may be wrong.",
		Zh: "StringToSign 里的 SHA-1 不是 FormatString 的：复制时改动了内容，或者来自两次响应。以下结论可能不对。",
	}
)

var (
	wordWholeS3 = Text{
		En: "The body is whole: StringToSign holds the SHA-256 of the canonical request.",
		Zh: "响应内容完整：StringToSign 里正是规范请求（canonical request）的 SHA-256。",
	}
	wordMendedS3 = Text{
		En: "Copying had changed the canonical request; it was mended, and its SHA-256 is the one in StringToSign.",
		Zh: "规范请求（canonical request）在复制时变了样；已经复原，SHA-256 与 StringToSign 里的一致。",
	}
	wordChangedS3 = Text{
		En: "The SHA-256 in StringToSign is not that of the canonical request: the body was changed when it was copied, or comes from two answers. So the two are not compared line by line.",
		Zh: "StringToSign 里的 SHA-256 不是规范请求（canonical request）的：复制时改动了内容，或者来自两次响应。因此不逐行对照。",
	}
)

// Integrity says whether FormatString came whole; false where there is none.
func (ce *CloudError) Integrity() (Text, bool) {
	switch {
	case ce.FormatString == "":
		return Text{}, false
	case ce.StringToSign == "":
		return wordNoHash, true
	case ce.Family != signer.QSign && !ce.Belongs:
		return wordChangedS3, true
	case ce.Family != signer.QSign && ce.Mended:
		return wordMendedS3, true
	case ce.Family != signer.QSign:
		return wordWholeS3, true
	case !ce.Belongs:
		return wordChanged, true
	case ce.Mended:
		return wordMended, true
	}
	return wordWhole, true
}

// maxCloudBody bounds the text that is looked at.
const maxCloudBody = 256 << 10

// ErrNoCloudError is ParseCloudError's error for a text without a COS error.
var ErrNoCloudError = errors.New("diagnose: the text holds no COS error: neither <Code> nor <FormatString>")

// ParseCloudError reads an error body that was copied from a response, a log or a
// terminal: it may be indented, escaped again as HTML or JSON, or incomplete. It
// returns whatever it finds, and an error only if the text has no part of a COS
// error.
func ParseCloudError(body []byte) (*CloudError, error) {
	if len(body) > maxCloudBody {
		return nil, fmt.Errorf("diagnose: the text is longer than %d bytes", maxCloudBody)
	}
	text := cleanText(string(body))
	ce := &CloudError{
		Code:      strings.TrimSpace(element(text, "Code")),
		Message:   strings.TrimSpace(html.UnescapeString(element(text, "Message"))),
		Resource:  strings.TrimSpace(html.UnescapeString(element(text, "Resource"))),
		RequestID: strings.TrimSpace(html.UnescapeString(element(text, "RequestId"))),
		TraceID:   strings.TrimSpace(html.UnescapeString(element(text, "TraceId"))),
	}
	if at, err := time.Parse(time.RFC3339, strings.TrimSpace(element(text, "ServerTime"))); err == nil {
		ce.ServerTime = at
	}
	if ce.readAWS(text) {
		return ce, nil
	}
	ce.readStringToSign(element(text, "StringToSign"))
	raw := element(text, "FormatString")
	if ce.Code == "" && strings.TrimSpace(raw) == "" {
		return nil, ErrNoCloudError
	}
	ce.readFormatString(raw)
	return ce, nil
}

// cleanText undoes what logs and terminals do to a body as a whole.
func cleanText(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "<![CDATA[", "", "]]>", "", "<br>", "\n", "<br/>", "\n", "<br />", "\n").Replace(s)
	if strings.IndexByte(s, 0x1b) >= 0 {
		s = terminalColour.ReplaceAllString(s, "")
	}
	if !strings.Contains(s, "\n<") && strings.Contains(s, `\n`) { // a JSON or Go string
		s = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\"`, `"`, `\/`, "/", `\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(s)
	}
	for range 3 {
		if !strings.Contains(s, "<") && strings.Contains(s, "lt;") {
			s = html.UnescapeString(s)
		}
	}
	return s
}

// terminalColour is an escape sequence of a terminal, such as a colour.
var terminalColour = regexp.MustCompile(`\x1b\[[^\x40-\x7e]*[\x40-\x7e]?`)

// element is the text of the first element of that name, up to the next tag
// when its end is missing, its entities not yet decoded.
func element(text, name string) string {
	_, rest, ok := strings.Cut(text, "<"+name+">")
	if !ok {
		return ""
	}
	rest, _, _ = strings.Cut(rest, "<")
	return rest
}

// joinedString is a StringToSign whose line breaks were taken out.
var joinedString = regexp.MustCompile(`^sha1([0-9]{10};[0-9]{10})([0-9a-f]{40})$`)

// readStringToSign finds the time and the hash, however they are laid out.
func (ce *CloudError) readStringToSign(raw string) {
	if m := joinedString.FindStringSubmatch(strings.TrimSpace(raw)); m != nil {
		raw = m[1] + "\n" + m[2]
	}
	for _, word := range strings.Fields(strings.NewReplacer(`\n`, "\n", "|", " ", ">", " ").Replace(html.UnescapeString(raw))) {
		switch {
		case strings.IndexByte(word, ';') >= 0 && ce.signTime == "":
			ce.signTime = word
		case len(word) == 40 && strings.Trim(word, "0123456789abcdef") == "":
			ce.hash = word
		}
	}
	if ce.hash != "" {
		ce.StringToSign = signer.Algorithm + "\n" + ce.signTime + "\n" + ce.hash + "\n"
	}
}

// readFormatString looks for the text that has the hash of StringToSign; where
// none has, the most likely one is taken.
func (ce *CloudError) readFormatString(raw string) {
	if strings.TrimSpace(raw) == "" {
		return
	}
	once := html.UnescapeString(raw)
	texts := []string{once, html.UnescapeString(once), strings.NewReplacer(`\n`, "\n").Replace(once)}
	best := once
	for i, text := range texts {
		if i > 0 && text == once {
			continue
		}
		for j, candidate := range layouts(text) {
			if best == once && j > 0 && !wellFormed(once) {
				best = candidate
			}
			if ce.hash != "" && hashOf(candidate) == ce.hash {
				ce.FormatString, ce.Belongs, ce.Mended = candidate, true, i > 0 || j > 0
				ce.format = parseFormat(candidate)
				return
			}
		}
	}
	ce.FormatString, ce.format = best, parseFormat(best)
}

// wellFormed reports whether a text has the layout of a FormatString: copying may
// have lost line breaks or added indentation.
func wellFormed(text string) bool {
	return strings.Count(text, "\n") == 4 && strings.HasSuffix(text, "\n") && !strings.ContainsAny(text[:1], " \t|>\n")
}

// layouts are the FormatStrings that a text may have been before it was
// indented, quoted, or lost its empty lines. The first is the text itself.
func layouts(text string) []string {
	list := []string{text}
	var lines, full []string
	for line := range strings.SplitSeq(strings.Trim(text, "\n"), "\n") {
		line = strings.TrimLeft(line, " \t|>")
		lines = append(lines, line)
		if line = strings.TrimRight(line, " \t"); line != "" {
			full = append(full, line)
		}
	}
	join := func(parts ...string) { list = append(list, strings.Join(parts, "\n")+"\n") }
	if len(lines) >= 2 && len(lines) <= 4 {
		padded := append(lines[:len(lines):len(lines)], "", "")[:4]
		join(padded...)
	}
	switch len(full) {
	case 2:
		join(full[0], full[1], "", "")
	case 3:
		join(full[0], full[1], "", full[2])
		join(full[0], full[1], full[2], "")
	case 4:
		join(full...)
	case 1: // the line breaks became blanks
		words := strings.Fields(full[0])
		n := len(words)
		if n >= 2 {
			join(words[0], strings.Join(words[1:], " "), "", "")
		}
		if n >= 3 {
			join(words[0], strings.Join(words[1:n-1], " "), "", words[n-1])
			join(words[0], strings.Join(words[1:n-1], " "), words[n-1], "")
		}
		if n >= 4 {
			join(words[0], strings.Join(words[1:n-2], " "), words[n-2], words[n-1])
		}
		list = append(list, joined(full[0])...)
	}
	return list
}

// maxHeaderName bounds how far before its first '=' the list of headers may begin.
const maxHeaderName = 64

// joined are the FormatStrings that a text may have been before its line breaks
// were taken out: "put/a.txthost=…". The list of headers begins somewhere before
// the first '='.
func joined(text string) []string {
	method, rest, ok := strings.Cut(text, "/")
	if !ok || method == "" || strings.ContainsAny(method, " \t=") {
		return nil
	}
	rest = "/" + rest
	var list []string
	eq := strings.IndexByte(rest, '=')
	for i := max(1, eq-maxHeaderName); i < eq; i++ {
		list = append(list, method+"\n"+rest[:i]+"\n\n"+rest[i:]+"\n")
	}
	return append(list, method+"\n"+rest+"\n\n\n")
}

func hashOf(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// parseFormat takes a FormatString apart.
func parseFormat(text string) format {
	lines := strings.SplitN(text, "\n", 4)
	lines = append(lines, "", "", "", "")
	return format{
		method: lines[0], path: lines[1],
		params: parsePairs(lines[2]), headers: parsePairs(strings.TrimSuffix(lines[3], "\n")),
	}
}

func parsePairs(line string) []signer.Pair {
	if line == "" {
		return nil
	}
	var pairs []signer.Pair
	for piece := range strings.SplitSeq(line, "&") {
		key, value, _ := strings.Cut(piece, "=")
		pairs = append(pairs, signer.Pair{Key: key, Value: signer.Decode(value)})
		if len(pairs) == maxParts {
			break
		}
	}
	return pairs
}

// Format keeps a token that may stand in FormatString from being printed.
func (ce CloudError) Format(f fmt.State, _ rune) {
	// A fmt.State keeps its own errors.
	_, _ = f.Write([]byte(ce.Code + ": " + ce.Message))
}
