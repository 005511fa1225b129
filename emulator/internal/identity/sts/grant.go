package sts

import (
	"encoding/json"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/addr"
)

// Grant describes a policy with the least rights that an upload needs (COS docs:
// 临时密钥生成及使用指引).
type Grant struct {
	// Bucket has its APPID.
	Bucket string
	// Region of the bucket; empty: any.
	Region string
	// Prefix is what keys begin with, with or without a `*` behind it; empty: any.
	Prefix string
	// MaxBytes bounds a body in bytes, of an object or of a part; 0: it does not.
	MaxBytes int64
	// ContentTypes are the allowed types, exact or such as image/*; empty: any.
	ContentTypes []string
	// Parts allows multipart uploads too, whose total size no condition can bound.
	Parts bool
	// Read allows downloads too.
	Read bool
}

type document struct {
	Version   string      `json:"version"`
	Statement []statement `json:"statement"`
}

type statement struct {
	Effect    string   `json:"effect"`
	Action    []string `json:"action"`
	Resource  []string `json:"resource"`
	Condition *limits  `json:"condition,omitempty"`
}

type limits struct {
	Size *struct {
		Length int64 `json:"cos:content-length"`
	} `json:"numeric_less_than_equal,omitempty"`
	Type *struct {
		Types []string `json:"cos:content-type"`
	} `json:"string_like,omitempty"`
}

// Policy is the grant as a policy document.
func (g Grant) Policy() []byte {
	region := g.Region
	if region == "" {
		region = "*"
	}
	resource := []string{"qcs::cos:" + region + ":uid/" + addr.AppID(g.Bucket) + ":" + g.Bucket + "/" + strings.TrimSuffix(g.Prefix, "*") + "*"}
	doc := document{Version: "2.0"}
	add := func(size, kind bool, actions ...string) {
		for i := range actions {
			actions[i] = "name/cos:" + actions[i]
		}
		doc.Statement = append(doc.Statement, statement{Effect: "allow", Action: actions, Resource: resource, Condition: g.limits(size, kind)})
	}
	// The Content-Type of a form is the form's own, so no condition can require
	// one of its file.
	if len(g.ContentTypes) > 0 {
		add(true, true, "PutObject")
	} else {
		add(true, true, "PutObject", "PostObject")
	}
	if g.Parts {
		add(false, true, "InitiateMultipartUpload")
		add(true, false, "UploadPart")
		add(false, false, "ListMultipartUploads", "ListParts", "CompleteMultipartUpload", "AbortMultipartUpload")
	}
	if g.Read {
		add(false, false, "HeadObject", "GetObject")
	}
	text, _ := json.MarshalIndent(doc, "", "  ") // it can always be marshalled
	return text
}

func (g Grant) limits(size, kind bool) *limits {
	size, kind = size && g.MaxBytes > 0, kind && len(g.ContentTypes) > 0
	if !size && !kind {
		return nil
	}
	l := &limits{}
	if size {
		l.Size = &struct {
			Length int64 `json:"cos:content-length"`
		}{g.MaxBytes}
	}
	if kind {
		l.Type = &struct {
			Types []string `json:"cos:content-type"`
		}{g.ContentTypes}
	}
	return l
}
