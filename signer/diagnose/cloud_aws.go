package diagnose

import (
	"crypto/sha256"
	"encoding/hex"
	"html"
	"regexp"
	"strings"

	"github.com/cosemu/cosemu/signer"
)

var (
	// aws4String is a StringToSign of AWS4, with its line breaks or without.
	aws4String = regexp.MustCompile(`AWS4-HMAC-SHA256\s*([0-9]{8}T[0-9]{6}Z)\s*([0-9]{8}/[^\s/<]*/[^\s/<]*/aws4_request)\s*([0-9a-f]{64})`)
	// aws2String begins one of AWS2.
	aws2String = regexp.MustCompile(`^\s*(GET|PUT|POST|HEAD|DELETE|OPTIONS)[ \t]*\n`)
)

// readAWS reads what an error body says of an S3 signature: by the names that AWS
// has for it, or as COS answers it, with the canonical request as FormatString. It
// reports false where the body says nothing of one.
func (ce *CloudError) readAWS(text string) bool {
	ce.SecretID = strings.TrimSpace(html.UnescapeString(element(text, "AWSAccessKeyId")))
	ce.Signature = strings.TrimSpace(html.UnescapeString(element(text, "SignatureProvided")))
	toSign, exact := exactText(text, "StringToSign")
	if m := aws4String.FindStringSubmatch(toSign); m != nil {
		ce.Family, ce.hash = signer.AWS4, m[3]
		ce.StringToSign = signer.AlgorithmAWS4 + "\n" + m[1] + "\n" + m[2] + "\n" + m[3]
		ce.readCanonical(text)
		return true
	}
	plain := strings.ReplaceAll(toSign, `\n`, "\n")
	if exact {
		plain = toSign
	}
	if !aws2String.MatchString(plain) {
		return false
	}
	ce.Family, ce.StringToSign = signer.AWS2, plain
	return true
}

// exactText is the text of an element. AWS gives its bytes in hex besides, which no
// copying changes.
func exactText(text, name string) (string, bool) {
	digits := strings.Join(strings.Fields(element(text, name+"Bytes")), "")
	if raw, err := hex.DecodeString(digits); err == nil && len(raw) > 0 {
		return string(raw), true
	}
	return html.UnescapeString(element(text, name)), false
}

// readCanonical looks for the canonical request that has the hash of StringToSign.
func (ce *CloudError) readCanonical(text string) {
	name := "CanonicalRequest"
	if element(text, name) == "" && element(text, name+"Bytes") == "" {
		name = "FormatString"
	}
	raw, exact := exactText(text, name)
	if strings.TrimSpace(raw) == "" {
		return
	}
	texts := []string{raw}
	if !exact {
		texts = append(texts, html.UnescapeString(raw), strings.ReplaceAll(raw, `\n`, "\n"))
	}
	best := ""
	for i, t := range texts {
		for j, candidate := range []string{t, strings.Trim(t, "\n"), laidOut(t)} {
			if candidate == "" {
				continue
			}
			sum := sha256.Sum256([]byte(candidate))
			if hex.EncodeToString(sum[:]) == ce.hash {
				ce.FormatString, ce.Belongs, ce.Mended = candidate, true, i > 0 || j > 0
				return
			}
			best = candidate
		}
	}
	ce.FormatString = best
}

// laidOut is a canonical request that was indented, or lost its empty lines. The
// last two lines are the names of the signed headers and the hash of the body; as
// many headers as there are names stand before them.
func laidOut(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.Trim(line, " \t|>\r"); line != "" {
			lines = append(lines, line)
		}
	}
	n := len(lines) - 2
	if n < 2 {
		return ""
	}
	headers := strings.Count(lines[n], ";") + 1
	first := n - headers
	if first != 2 && first != 3 {
		return ""
	}
	query := ""
	if first == 3 {
		query = lines[2]
	}
	return lines[0] + "\n" + lines[1] + "\n" + query + "\n" + strings.Join(lines[first:n], "\n") + "\n\n" + lines[n] + "\n" + lines[n+1]
}

// awsText takes apart what the body says was signed. False: nothing of it can be
// read.
func (ce *CloudError) awsText(secret string) (*awsText, bool) {
	t := &awsText{family: ce.Family, secret: secret}
	if ce.Family == signer.AWS2 {
		ok := t.readAWS2(ce.StringToSign)
		return t, ok
	}
	lines := strings.Split(ce.StringToSign, "\n")
	scope := strings.Split(lines[2], "/")
	t.date, t.scope, t.day, t.region, t.service = lines[1], lines[2], scope[0], scope[1], scope[2]
	ok := ce.FormatString != "" && t.readAWS4(ce.FormatString)
	return t, ok
}
