package policy_test

import (
	"fmt"
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/policy"
)

// An upload that is 1 byte too long for a temporary key, and what is said of it.
func Example() {
	p, err := policy.Parse([]byte(`{"version": "2.0", "statement": [{
		"effect": "allow",
		"action": "name/cos:PutObject",
		"resource": "qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/in/*",
		"condition": {"numeric_less_than_equal": {"cos:content-length": 1048576}}}]}`), policy.Session)
	if err != nil {
		fmt.Println(err)
		return
	}
	r := &policy.Request{
		Action: "PutObject", Region: "ap-guangzhou", Bucket: "examplebucket-1250000000", Key: "in/a.jpg",
		Values: &policy.HTTPValues{Header: http.Header{"Content-Type": {"image/jpeg"}}, ContentLength: 1048577},
	}
	d := p.Evaluate(r)
	en, _ := d.Describe()
	fmt.Println(d.Effect)
	fmt.Println(en)
	// Output:
	// none
	// no statement allows it; the closest, statement[0], wants cos:content-length numeric_less_than_equal 1048576, and the request has 1048577
}

// A mistake says where it is.
func ExampleParse() {
	_, err := policy.Parse([]byte(`{"version": "2.0", "statement": [{"effect": "allow", "action": "PutObject", "resource": "*"}]}`), policy.Session)
	fmt.Println(err)
	// Output: policy: statement[0].action: "PutObject" is no action: want one such as name/cos:PutObject
}

// A statement that allows what was refused, ready to be added.
func ExampleSuggest() {
	fmt.Printf("%s\n", policy.Suggest(&policy.Request{
		Action: "InitiateMultipartUpload", Region: "ap-guangzhou", Bucket: "examplebucket-1250000000", Key: "in/a.mp4",
	}, policy.Session))
	// Output: {"effect":"allow","action":["name/cos:InitiateMultipartUpload"],"resource":["qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/in/a.mp4"]}
}
