package fidelity

import "strings"

// Operation is a row of the operation table of package emulator.
type Operation struct {
	Action string // as policies name it: PutObject
	Method string
	Target string // Service, Bucket or Object
	Sub    string // the sub-resource that selects it, or nothing
}

// pages are the sources of the calls, by the name of the row.
func pages() map[string]string {
	return map[string]string{
		"AppendObject":                "COS docs: APPEND Object; choice 210",
		"DeleteObjectTagging":         "COS docs: DELETE Object tagging",
		"GetBucketObjectVersions":     "COS docs: GET Bucket Object versions; choice 213",
		"GetObjectTagging":            "COS docs: GET Object tagging",
		"PutBucketVersioning":         "COS docs: PUT Bucket versioning",
		"PutObjectTagging":            "COS docs: PUT Object tagging",
		"AbortMultipartUpload":        "COS docs: Abort Multipart Upload",
		"CompleteMultipartUpload":     "COS docs: Complete Multipart Upload",
		"DeleteBucket":                "COS docs: DELETE Bucket",
		"DeleteBucketCORS":            "COS docs: DELETE Bucket cors; choice 192",
		"DeleteBucketLifecycle":       "COS docs: DELETE Bucket lifecycle; choice 192",
		"DeleteBucketPolicy":          "COS docs: DELETE Bucket policy",
		"DeleteBucketStrictSignature": "COS docs: DELETE Bucket StrictSignature; choice 192",
		"DeleteBucketTagging":         "COS docs: DELETE Bucket tagging; choice 192",
		"DeleteObject":                "COS docs: DELETE Object; choice 58",
		"DeleteObject?delete":         "COS docs: DELETE Multiple Objects; choice 68",
		"GetBucket":                   "COS docs: GET Bucket (List Objects); choice 67",
		"GetBucketACL":                "COS docs: GET Bucket acl",
		"GetBucketCORS":               "COS docs: GET Bucket cors; choice 190",
		"GetBucketLifecycle":          "COS docs: GET Bucket lifecycle",
		"GetBucketLocation":           "COS docs: GET Bucket location",
		"GetBucketPolicy":             "COS docs: GET Bucket policy; choice 197",
		"GetBucketAccelerate":         "COS docs: GET Bucket Accelerate; choice 196",
		"GetBucketIntelligentTiering": "COS docs: GET Bucket IntelligentTiering; choice 196",
		"GetBucketReferer":            "COS docs: GET Bucket referer; choice 196",
		"GetBucketStrictSignature":    "COS docs: GET Bucket StrictSignature; choice 196",
		"GetBucketTagging":            "COS docs: GET Bucket tagging",
		"GetBucketVersioning":         "COS docs: GET Bucket versioning",
		"GetObject":                   "COS docs: GET Object",
		"GetObjectACL":                "COS docs: GET Object acl; choice 228",
		"GetService":                  "COS docs: GET Service",
		"HeadBucket":                  "COS docs: HEAD Bucket",
		"HeadObject":                  "COS docs: HEAD Object",
		"InitiateMultipartUpload":     "COS docs: Initiate Multipart Upload; choice 178",
		"ListMultipartUploads":        "COS docs: List Multipart Uploads; choice 180",
		"ListParts":                   "COS docs: List Parts; choice 180",
		"OptionsObject":               "COS docs: OPTIONS Object; choice 134",
		"PostObject":                  "COS docs: POST Object",
		"PutBucket":                   "COS docs: PUT Bucket; choice 66",
		"PutBucketACL":                "COS docs: PUT Bucket acl",
		"PutObjectACL":                "COS docs: PUT Object acl",
		"PutBucketCORS":               "COS docs: PUT Bucket cors",
		"PutBucketLifecycle":          "COS docs: PUT Bucket lifecycle",
		"PutBucketPolicy":             "COS docs: PUT Bucket policy",
		"PutBucketAccelerate":         "COS docs: PUT Bucket Accelerate",
		"PutBucketIntelligentTiering": "COS docs: PUT Bucket IntelligentTiering",
		"PutBucketReferer":            "COS docs: PUT Bucket referer",
		"PutBucketStrictSignature":    "COS docs: PUT Bucket StrictSignature; choice 195",
		"PutBucketTagging":            "COS docs: PUT Bucket tagging",
		"PutObject":                   "COS docs: PUT Object",
		"PutObject?x-cos-copy-source": "COS docs: PUT Object - Copy",
		"UploadPart?partNumber":       "choice 176",
		"UploadPart?uploadId":         "COS docs: Upload Part",
		"UploadPartCopy":              "COS docs: Upload Part - Copy; choice 184",
	}
}

// CallRows makes the rows of the calls. A source for a call that is not there
// comes back as a sentence.
func CallRows(ops []Operation) (rows []Row, wrong []string) {
	sources := pages()
	for i, name := range CallNames(ops) {
		o := &ops[i]
		rows = append(rows, Row{Kind: Call, Name: name, What: "`" + o.line() + "`", Source: sources[name]})
		if sources[name] == "" {
			rows[len(rows)-1].Source = "missing: name the page of " + name + " in emulator/internal/fidelity/calls.go"
		}
		delete(sources, name)
	}
	for name := range sources {
		wrong = append(wrong, "emulator/internal/fidelity/calls.go has a source for "+name+", which is no call")
	}
	return rows, wrong
}

// CallNames are the names of the rows of ops, in their order.
func CallNames(ops []Operation) []string {
	count := map[string]int{}
	for i := range ops {
		count[ops[i].Action]++
	}
	names := make([]string, len(ops))
	for i := range ops {
		names[i] = ops[i].Action
		if count[ops[i].Action] > 1 && ops[i].Sub != "" {
			names[i] += "?" + ops[i].Sub
		}
	}
	return names
}

// line is the request line that selects the operation.
func (o *Operation) line() string {
	target := map[string]string{"Service": "/", "Bucket": "/", "Object": "/<key>"}[o.Target]
	line := o.Method + " " + target
	switch {
	case o.Sub == "":
	case strings.HasPrefix(o.Sub, "x-cos-"):
		line += " with " + o.Sub
	default:
		line += "?" + o.Sub
	}
	if o.Target == "Service" {
		line += " (service)"
	}
	return line
}
