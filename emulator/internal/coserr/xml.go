package coserr

import (
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
)

// timeFormat is the layout of ServerTime: seconds, UTC (seen: cos-wx-sdk-v5 issue 30).
const timeFormat = "2006-01-02T15:04:05Z"

// AppendXML appends the body of the answer: the declaration, then one element a line. Each line
// starts with a tab and ends with LF, apart from the last.
//
// The samples of the documentation have exactly this form (pages GET Object, OPTIONS Object). Two
// older published answers seem to end with two more line breaks (cos-nodejs-sdk-v5 issue 29,
// cos-wx-sdk-v5 issue 25; choice 33).
func (e *Error) AppendXML(dst []byte, requestID, traceID string) []byte {
	x := xmldoc.Append(dst, xmldoc.Declaration)
	x.Open("Error")
	x.Text("Code", string(e.Code))
	x.Text("Message", e.Message)
	if e.StringToSign != "" || e.FormatString != "" {
		x.Text("StringToSign", e.StringToSign)
		x.Text("FormatString", e.FormatString)
	}
	if !e.ServerTime.IsZero() {
		x.Time("ServerTime", e.ServerTime.In(time.UTC), timeFormat)
	}
	x.Text("Resource", e.Resource)
	if !e.WithoutIDs {
		x.Text("RequestId", requestID)
		x.Text("TraceId", traceID) // <TraceId/> without one (seen: cos-python-sdk-v4 issue 30)
	}
	x.Close("Error")
	return x.Bytes()
}

// HeaderText returns a text in a form that fits a header such as x-cos-error-message: each
// control character becomes a space.
func HeaderText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
