package fidelity

import "github.com/cosemu/cosemu/emulator/internal/coserr"

// unlisted are the sources of the codes that do not stand on the list of codes.
func unlisted() map[coserr.Code]string {
	return map[coserr.Code]string{
		coserr.FileAlreadyExists:        "COS docs: PUT Object (newer versions of the page)",
		coserr.PathStyleDomainForbidden: "seen: gobackup issues 233 and 268",
	}
}

// words are where the messages come from that are not chosen.
func words() map[coserr.Code]string {
	return map[coserr.Code]string{
		coserr.AccessDenied:                 "seen: cos-wx-sdk-v5 issues 30 and 34",
		coserr.AccessForbidden:              "COS docs: OPTIONS Object",
		coserr.ActionAccelerateNotSupported: "seen: coscmd issue 274",
		coserr.BadDigest:                    "seen: rclone issue 8483",
		"BucketAlreadyExists":               "sdk: cos-go-sdk-v5, tests of bucket.go",
		coserr.BucketAlreadyOwnedByYou:      "seen: tencent-website issue 2",
		coserr.EntityTooSmall:               "seen: clickhouse-backup issue 464",
		coserr.InvalidAccessKeyID:           "seen: cos-php-sdk-v5 issue 57",
		coserr.InvalidObjectState:           "COS docs: GET Object",
		coserr.InvalidPolicyDocument:        "COS docs: POST Object",
		coserr.MalformedPOSTRequest:         "COS docs: POST Object",
		coserr.MalformedXML:                 "seen: cos-nodejs-sdk-v5 issue 29",
		coserr.MissingContentLength:         "COS docs: APPEND Object",
		coserr.NoSuchBucket:                 "seen: zfile issue 200",
		coserr.NoSuchKey:                    "seen: kunpeng issue 16",
		coserr.ObjectNotAppendable:          "COS docs: APPEND Object",
		"PathConflict":                      "COS docs: DELETE Multiple Objects",
		coserr.PathStyleDomainForbidden:     "seen: gobackup issues 233 and 268",
		coserr.PreconditionFailed:           "COS docs: GET Object",
		coserr.SignatureDoesNotMatch:        "seen: PicGo issue 638",
	}
}
