package cors

import (
	"strconv"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// AppendXML appends the document that GET Bucket cors answers with: the
// declaration, a tab a level, lines ended by LF and none after the last, the
// rules in order and in each the ID first where there is one (COS docs: GET
// Bucket cors).
//
// The lengths that the two pages print prove the form. Both samples hold the
// same 30 lines, PUT without a declaration in 1185 bytes and GET with it in
// 1196: 40 bytes more for the declaration and its LF, and 29 less, because the
// client of PUT ended its lines with CR LF.
func (r *Rules) AppendXML(dst []byte) []byte {
	dst = append(dst, "<?xml version='1.0' encoding='utf-8' ?>\n<CORSConfiguration>"...)
	for i := range r.Rules {
		dst = r.Rules[i].appendXML(dst)
	}
	if r.ResponseVary != nil {
		dst = appendElement(dst, "\n\t", "ResponseVary", strconv.FormatBool(*r.ResponseVary))
	}
	return append(dst, "\n</CORSConfiguration>"...)
}

func (r *Rule) appendXML(dst []byte) []byte {
	dst = append(dst, "\n\t<CORSRule>"...)
	if r.ID != "" {
		dst = appendElement(dst, "\n\t\t", "ID", r.ID)
	}
	for _, part := range [...]struct {
		name   string
		values []string
	}{
		{"AllowedOrigin", r.AllowedOrigins},
		{"AllowedMethod", r.AllowedMethods},
		{"AllowedHeader", r.AllowedHeaders},
		{"ExposeHeader", r.ExposeHeaders},
	} {
		for _, v := range part.values {
			dst = appendElement(dst, "\n\t\t", part.name, v)
		}
	}
	if r.MaxAge != nil {
		dst = appendElement(dst, "\n\t\t", "MaxAgeSeconds", strconv.Itoa(*r.MaxAge))
	}
	return append(dst, "\n\t</CORSRule>"...)
}

// appendElement appends a line with one element; none of them is ever empty.
func appendElement(dst []byte, line, name, value string) []byte {
	dst = append(append(append(append(dst, line...), '<'), name...), '>')
	dst = coserr.AppendEscaped(dst, value)
	return append(append(append(dst, "</"...), name...), '>')
}
