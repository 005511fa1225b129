package paste

import "strings"

// The names of the parts of an error, each with a colon or equals sign and its value: Go's %+v,
// minio, plugins of flutter and others.
var (
	labelCode    = lazily(`(?i)\b(?:error_?)?code['"]?\s*[:=]\s*['"]?([A-Z]\w+)`)
	labelMessage = lazily(`(?i)\b(?:error_?)?message['"]?\s*[:=]\s*([^\n]+)`)
	labelWhere   = lazily(`(?i)\bresource['"]?\s*[:=]\s*['"]?([^\s'",)}]+)`)
	labelService = lazily(`(?i)\bservice_?name['"]?\s*[:=]\s*['"]?([^\s'",)}]+\.[^\s'",)}]+)`)
	labelRequest = lazily(`(?i)\brequest_?id['"]?\s*[:=]\s*['"]?([^\s'",)}]+)`)
	nextLabel    = lazily(`(?i)[,;]?\s+(?:resource|request_?id|trace_?id|host_?id|bucket_?name|object_?name|service_?name|status_?code|error_?code|code|details)['"]?\s*[:=]`)
)

// maxLabelled is the distance within which the parts around a code are read.
const maxLabelled = 1500

// readLabelled reads an error whose parts follow their names, in any order and notation.
func readLabelled(r *reader) (bool, error) {
	for _, m := range labelCode().FindAllStringSubmatchIndex(r.text, maxCalls) {
		code := r.text[m[2]:m[3]]
		if !r.codes[code] {
			continue
		}
		around := r.text[max(0, m[0]-maxLabelled):min(len(r.text), m[1]+maxLabelled)]
		parts := map[string]string{"Code": code}
		for name, re := range map[string]pattern{"Resource": labelWhere, "RequestId": labelRequest} {
			if found := re().FindStringSubmatch(around); found != nil {
				parts[name] = found[1]
			}
		}
		if found := labelService().FindStringSubmatch(around); found != nil && parts["Resource"] == "" {
			parts["Resource"] = found[1]
		}
		if found := labelMessage().FindStringSubmatch(around); found != nil {
			parts["Message"] = labelledText(found[1])
		}
		if len(parts) > 1 && r.refusal(parts) {
			return true, nil
		}
	}
	return false, nil
}

// labelledText returns a value, which may be in quotes and ends before the next name.
func labelledText(s string) string {
	if quote := s[0]; quote == '"' || quote == '\'' {
		if end := strings.IndexByte(s[1:], quote); end >= 0 {
			return s[1 : 1+end]
		}
	}
	if end := nextLabel().FindStringIndex(s); end != nil {
		s = s[:end[0]]
	}
	return strings.Trim(s, " ,;)}\"'")
}
