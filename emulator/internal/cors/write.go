package cors

import (
	"strconv"

	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
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
	x := xmldoc.Append(dst, xmldoc.Declaration)
	x.Open("CORSConfiguration")
	for i := range r.Rules {
		r.Rules[i].write(&x)
	}
	if r.ResponseVary != nil {
		x.Text("ResponseVary", strconv.FormatBool(*r.ResponseVary))
	}
	x.Close("CORSConfiguration")
	return x.Bytes()
}

func (r *Rule) write(x *xmldoc.Writer) {
	x.Open("CORSRule")
	if r.ID != "" {
		x.Text("ID", r.ID)
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
			x.Text(part.name, v)
		}
	}
	if r.MaxAge != nil {
		x.Text("MaxAgeSeconds", strconv.Itoa(*r.MaxAge))
	}
	x.Close("CORSRule")
}
