package sts

import (
	"encoding/json"
)

// Document is the body of an answer: the reply of Service.Answer or the error, and
// the request id. The status is 200 for both, as SDKs expect.
func Document(reply any, refused *Error, requestID string) []byte {
	if refused != nil {
		reply = struct{ Error failure }{failure{refused.Code, refused.Message}}
	}
	inside, err := json.Marshal(reply)
	if err != nil || len(inside) < 2 {
		inside = []byte("{}") // replies can always be marshalled
	}
	doc := append([]byte(`{"Response":`), inside[:len(inside)-1]...)
	if len(inside) > 2 {
		doc = append(doc, ',')
	}
	id, _ := json.Marshal(requestID) // a text can always be marshalled
	doc = append(doc, `"RequestId":`...)
	return append(append(doc, id...), "}}"...)
}

type failure struct {
	Code    Code
	Message string
}
